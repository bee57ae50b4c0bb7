//! `GET` and `POST /emulator/clock` return the emulated time and advance it. They never set it back.

use super::state::{Control, MAX_SECONDS};
use crate::domain::Refusal;
use crate::http::{Answer, JsonBody, json};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/clock", get(retrieve).post(advance))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    advance_seconds: i64,
}

async fn retrieve(State(control): State<Control>) -> Response {
    let advanced = control.clock_offset.get_ms() / 1_000;
    json(StatusCode::OK, &json!({"advancedSeconds": advanced, "nowMilliseconds": control.emulator.clock.now_ms()}))
}

async fn advance(State(control): State<Control>, JsonBody(body): JsonBody<Body>) -> Answer {
    if !(0..=MAX_SECONDS).contains(&body.advance_seconds) {
        return Err(Refusal::field("invalid", "advanceSeconds", "expected 0 or more, and less than a thousand years."));
    }
    control.clock_offset.advance_ms(body.advance_seconds * 1_000);
    Ok(retrieve(State(control)).await)
}
