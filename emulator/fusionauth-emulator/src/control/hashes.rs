//! `GET /emulator/hashes`: for each cost, how many password hashes the emulator has computed since its start.

use super::state::Control;
use crate::http::json;
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/hashes", get(retrieve))
}

async fn retrieve(State(emulator): State<Arc<AppState>>) -> Response {
    json(StatusCode::OK, &json!({"hashes": emulator.hash_counts.by_cost()}))
}
