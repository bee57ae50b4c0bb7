use crate::http::patch::Patch;
use crate::http::{Refusal, json};
use crate::instance::Instance;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::{Arc, PoisonError};

/// `GET` and `PATCH /emulator/answers`: how the questions are answered that the documentation leaves open.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/emulator/answers", get(retrieve).patch(patch))
}

async fn retrieve(State(instance): State<Arc<Instance>>) -> Response {
    answer(&instance)
}

async fn patch(State(instance): State<Arc<Instance>>, patch: Patch) -> Result<Response, Refusal> {
    let patched = patch.apply("answers", &instance.answers())?;
    *instance.answers.write().unwrap_or_else(PoisonError::into_inner) = patched;
    Ok(answer(&instance))
}

fn answer(instance: &Instance) -> Response {
    json(StatusCode::OK, &json!({"answers": instance.answers()}))
}
