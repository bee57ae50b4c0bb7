use crate::http::{Refusal, authority, json};
use crate::instance::Instance;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET /api/status`: `{"status":"ok"}`, with an API key also what answers (<https://fusionauth.io/docs/apis/system>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/status", get(status))
}

async fn status(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let version = authority::has_api_key(&instance, &headers).await?.then_some(concat!("emulator-", env!("CARGO_PKG_VERSION")));
    Ok(json(StatusCode::OK, &json!({"status": "ok", "version": version})))
}
