//! Endpoints that FusionAuth does not have: the mail that was sent, injected faults, the clock, the number of password hashes, behaviours
//! and the reset, all under `/emulator/`, and the page at `/`.
//!
//! None of them needs an API key. Pages of other sites, and requests under host names that other sites control, are refused.

mod behaviours;
mod clock;
mod fault_injection;
mod hashes;
mod home;
mod mail;
mod page;
mod reset;
mod state;

use crate::http::cors;
use crate::http::host::{is_local, own_origin};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

pub(crate) use fault_injection::inject_fault;
pub(crate) use state::{ClockOffset, Control};

/// All control endpoints.
pub(crate) fn router() -> Router<Control> {
    Router::new()
        .merge(behaviours::router())
        .merge(clock::router())
        .merge(fault_injection::router())
        .merge(hashes::router())
        .merge(home::router())
        .merge(mail::router())
        .merge(reset::router())
        .route_layer(from_fn(refuse_other_sites))
}

/// Refuses pages of other sites. A browser names their site in `Origin`, or in `Host` if the site points its own name at this machine.
async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let own_origin = own_origin(request.headers());
    if !is_local(&request) || request.headers().get(header::ORIGIN).is_some_and(|it| it.as_bytes() != own_origin.as_bytes()) {
        return cors::forbidden();
    }
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // With `no-referrer`, browsers would send `Origin: null` with the forms of these pages, and this function would refuse them.
        (HeaderName::from_static("referrer-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Makes requests wait while a reset sets everything up again.
pub(crate) async fn wait_for_reset(State(control): State<Control>, request: Request, next: Next) -> Response {
    if request.uri().path() == reset::PATH || fault_injection::is_about_faults(request.uri().path()) {
        return next.run(request).await;
    }
    let _no_reset = control.resetting.read().await;
    next.run(request).await
}
