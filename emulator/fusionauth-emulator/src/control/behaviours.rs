//! `GET` and `PATCH /emulator/behaviours`: how the emulator behaves where FusionAuth's documentation says nothing.

use super::state::Control;
use crate::http::{Answer, Patch, json};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/behaviours", get(retrieve).patch(patch))
}

async fn retrieve(State(emulator): State<Arc<AppState>>) -> Response {
    json(StatusCode::OK, &json!({"behaviours": emulator.behaviours()}))
}

async fn patch(State(emulator): State<Arc<AppState>>, patch: Patch) -> Answer {
    emulator.set_behaviours(patch.apply("behaviours", &emulator.behaviours())?);
    Ok(retrieve(State(emulator)).await)
}
