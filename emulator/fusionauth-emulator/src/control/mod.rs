//! Endpoints that FusionAuth does not have: the mail that was sent, injected faults, the clock, the journal of requests, the number of
//! password hashes, behaviours and the reset, all under `/emulator/`, and the page at `/`.
//!
//! None of these endpoints needs an API key. They refuse requests from pages of other sites, and requests under unknown host names.

mod behaviours;
mod clock;
mod expired_token;
mod fault;
mod fault_injection;
mod hashes;
mod home;
mod mail;
mod requests;
mod reset;
mod state;

use crate::http::host::{foreign_host, own_origin};
use crate::http::{empty, json};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use fusionauth_api::errors::Errors;

pub use fault::{Cut, Fault, Hold, InvalidFault};
pub use fault_injection::InjectedFault;
pub(crate) use fault_injection::inject_fault;
pub use requests::AnsweredRequest;
pub(crate) use requests::record;
pub(crate) use state::{ClockOffset, Control};

/// Whether FusionAuth lacks this path.
fn is_control_path(path: &str) -> bool {
    path == "/" || path.starts_with("/emulator/")
}

/// All control endpoints.
pub(crate) fn router(control: Control) -> Router {
    Router::new()
        .merge(behaviours::router())
        .merge(clock::router())
        .merge(expired_token::router())
        .merge(fault_injection::router())
        .merge(hashes::router())
        .merge(home::router())
        .merge(mail::router())
        .merge(requests::router())
        .merge(reset::router())
        .route_layer(from_fn_with_state(control.clone(), refuse_other_sites))
        .with_state(control)
}

/// The longest name of a host in the domain name system.
const LONGEST_NAME: usize = 253;

/// Refuses requests from pages of other sites. The browser names the page's site in `Origin`, or in `Host` if the site points its own name
/// at this machine.
async fn refuse_other_sites(State(control): State<Control>, request: Request, next: Next) -> Response {
    let own_origin = own_origin(request.headers());
    let mut response = if let Some(host) = foreign_host(&request, &control.allowed_hosts) {
        let host: String = host.chars().take(LONGEST_NAME).collect();
        let message = format!("Only this machine may send this request. Start the emulator with --allow-host {host} to allow this host.");
        json(StatusCode::FORBIDDEN, &Errors::general("[HostNotAllowed]", &message))
    } else if request.headers().get(header::ORIGIN).is_some_and(|it| it.as_bytes() != own_origin.as_bytes()) {
        let message = "Pages of other origins may not send this request. Send it from the test's own process.";
        json(StatusCode::FORBIDDEN, &Errors::general("[OriginNotAllowed]", message))
    } else {
        next.run(request).await
    };
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

/// Makes requests wait while a reset sets everything up again, and handles each request to its end, even if its client closes the
/// connection. FusionAuth's server does so, too: it handles each request on its own thread (<https://github.com/FusionAuth/java-http>).
/// Exempt are requests that may take minutes: those about faults, and those that wait for a message.
pub(crate) async fn handle_to_the_end(State(control): State<Control>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if fault_injection::is_about_faults(path) || mail::may_wait(&request) {
        return next.run(request).await;
    }
    let is_reset = path == reset::PATH;
    // hyper drops the future of a request when the client closes the connection. It does not drop a task.
    let handling = tokio::spawn(async move {
        let _no_reset = if is_reset { None } else { Some(control.resetting.read().await) };
        next.run(request).await
    });
    // The task fails only when the runtime ends, because another layer catches panics.
    handling.await.unwrap_or_else(|_| empty(StatusCode::INTERNAL_SERVER_ERROR))
}
