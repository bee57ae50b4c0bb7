use super::Control;
use crate::domain::Refusal;
use crate::http::{Patch, json};
use crate::state::Instance;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET` and `PATCH /emulator/behaviours`: how the emulator behaves where FusionAuth's documentation says nothing.
pub(super) fn router() -> Router<Control> {
    Router::new().route("/emulator/behaviours", get(retrieve).patch(patch))
}

async fn retrieve(State(instance): State<Arc<Instance>>) -> Response {
    json(StatusCode::OK, &json!({"behaviours": instance.behaviours()}))
}

async fn patch(State(instance): State<Arc<Instance>>, patch: Patch) -> Result<Response, Refusal> {
    instance.set_behaviours(patch.apply("behaviours", &instance.behaviours())?);
    Ok(retrieve(State(instance)).await)
}
