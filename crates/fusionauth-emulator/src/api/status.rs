use crate::database;
use crate::domain::Refusal;
use crate::http::{credentials, empty, json};
use crate::state::Instance;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET /api/status`: `{"status":"ok"}`, and for a caller with an API key also the version (<https://fusionauth.io/docs/apis/system>).
/// `GET /api/health`: 200 or 500 without a body.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/status", get(status)).route("/api/health", get(health))
}

async fn status(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let version = credentials::has_api_key(&instance, &headers).await?.then_some(concat!("emulator-", env!("CARGO_PKG_VERSION")));
    Ok(json(StatusCode::OK, &json!({"status": "ok", "version": version})))
}

async fn health(State(instance): State<Arc<Instance>>) -> Result<Response, Refusal> {
    database::system_configuration::get(&instance.database).await?;
    Ok(empty(StatusCode::OK))
}
