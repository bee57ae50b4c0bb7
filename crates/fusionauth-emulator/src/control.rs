//! What the emulator has and FusionAuth has not, all below `/emulator/` but for the page at `/`: mail, faults, the clock,
//! switches and the reset. None of it needs an API key; none of it answers pages of other origins.

mod answers;
mod clock;
mod faults;
mod home;
mod html;
mod mail;
mod reset;

use crate::http::authority::own_origin;
use crate::http::{Refusal, cors};
use crate::instance::Instance;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub(crate) use faults::{Faults, inject};

/// All of it.
pub(crate) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .merge(answers::router())
        .merge(clock::router())
        .merge(faults::router())
        .merge(home::router())
        .merge(mail::router())
        .merge(reset::router())
        .route_layer(from_fn(own_pages_only))
}

/// Any site that a developer visits could send requests here; its browser says so in `Origin`.
async fn own_pages_only(request: Request, next: Next) -> Response {
    let foreign = request.headers().get(header::ORIGIN).is_some_and(|it| it.as_bytes() != own_origin(request.headers()).as_bytes());
    if foreign {
        return cors::forbidden();
    }
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Holds requests back while everything is being set up again.
pub(crate) async fn wait_for_reset(
    axum::extract::State(instance): axum::extract::State<Arc<Instance>>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path() == reset::PATH {
        return next.run(request).await;
    }
    let _no_reset = instance.resetting.read().await;
    next.run(request).await
}

/// A browser shows a page, a program reads JSON: the first of the two that `Accept` names.
fn wants_html(headers: &axum::http::HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    match (accept.find("text/html"), accept.find("application/json")) {
        (Some(html), Some(json)) => html < json,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn bad_form(message: &str) -> Response {
    Refusal::field("invalid", "form", message).into_response()
}

fn see_other(to: &'static str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static(to))]).into_response()
}
