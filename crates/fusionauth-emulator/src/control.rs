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

use crate::domain::Refusal;
use crate::http::host::{is_local, own_origin};
use crate::http::{cors, empty};
use crate::kickstart::Source;
use crate::state::{AppState, Behaviours, Clock};
use axum::Router;
use axum::extract::{FromRef, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::RwLock;

pub(crate) use fault_injection::inject_fault;

/// The state of the control endpoints.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) emulator: Arc<AppState>,
    pub(crate) clock_offset: ClockOffset,
    faults: Arc<fault_injection::Faults>,
    /// The behaviours that the emulator was started with, which a reset restores.
    initial_behaviours: Behaviours,
    /// Each request holds a read lock, and a reset the write lock, so that a reset runs alone.
    resetting: Arc<RwLock<()>>,
    /// The kickstart file, which a reset runs again.
    kickstart: Arc<Source>,
}

/// By how many milliseconds the emulated clock is ahead of the clock that the emulator was started with.
#[derive(Clone, Default)]
pub(crate) struct ClockOffset(Arc<AtomicI64>);

impl ClockOffset {
    /// A clock that is ahead of another one by this offset.
    pub(crate) fn apply(&self, clock: Clock) -> Clock {
        let offset = self.clone();
        Clock::new(move || clock.now_ms().saturating_add(offset.get_ms()))
    }

    fn get_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Control {
    pub(crate) fn new(emulator: Arc<AppState>, clock_offset: ClockOffset, kickstart: Arc<Source>) -> Self {
        let (faults, resetting, initial_behaviours) = (Arc::default(), Arc::default(), emulator.behaviours());
        Self { emulator, clock_offset, faults, initial_behaviours, resetting, kickstart }
    }
}

impl FromRef<Control> for Arc<AppState> {
    fn from_ref(control: &Control) -> Self {
        Self::clone(&control.emulator)
    }
}

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

/// Whether the caller wants a page, as browsers do, rather than JSON: the first of the two that `Accept` names.
fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    match (accept.find("text/html"), accept.find("application/json")) {
        (Some(html), Some(json)) => html < json,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn invalid_form(message: &str) -> Response {
    Refusal::field("invalid", "form", message).into_response()
}

fn see_other(path: &'static str) -> Response {
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(path));
    response
}
