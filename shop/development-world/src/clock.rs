//! `POST /clock` moves this server's clock forward, as `/emulator/clock` moves the emulator's clock, so that tests of expiry need not wait.
//! Only local hosts that are not sites have this route.

use axum::{Json, Router, extract::State, http::StatusCode, middleware, routing::post};
use serde::Deserialize;
use std::time::Duration;
use storefront_server::clock::Clock;

/// The route. Pages of other origins cannot call it, because browsers send JSON to another origin only after a preflight, which this route
/// does not accept.
pub(crate) fn router(clock: Clock) -> Router {
    Router::new().route("/clock", post(advance)).layer(middleware::from_fn(crate::flows::only_local_hosts)).with_state(clock)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    advance_seconds: u32,
}

async fn advance(State(clock): State<Clock>, Json(body): Json<Body>) -> StatusCode {
    clock.advance(Duration::from_secs(body.advance_seconds.into()));
    StatusCode::NO_CONTENT
}
