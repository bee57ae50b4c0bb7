//! `GET` and `POST /emulator/clock`: returns the emulated time, and advances it. It never goes back.

use super::state::Control;
use crate::domain::Refusal;
use crate::http::{JsonBody, json};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use std::sync::atomic::Ordering;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/clock", get(retrieve).post(advance))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    advance_seconds: i64,
}

/// A thousand years.
const MAX_SECONDS: i64 = 1_000 * 366 * 24 * 60 * 60;

async fn retrieve(State(control): State<Control>) -> Response {
    let advanced = control.clock_offset.get_ms() / 1_000;
    json(StatusCode::OK, &json!({"advancedSeconds": advanced, "nowMilliseconds": control.emulator.clock.now_ms()}))
}

async fn advance(State(control): State<Control>, JsonBody(body): JsonBody<Body>) -> Result<Response, Refusal> {
    if !(0..=MAX_SECONDS).contains(&body.advance_seconds) {
        return Err(Refusal::field("invalid", "advanceSeconds", "expected 0 or more, and less than a thousand years."));
    }
    let advance = |it: i64| Some(it.saturating_add(body.advance_seconds * 1_000).min(MAX_SECONDS * 1_000));
    // `fetch_update` fails only if the closure returns `None`.
    let _ = control.clock_offset.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, advance);
    Ok(retrieve(State(control)).await)
}
