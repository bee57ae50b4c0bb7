use crate::http::{Refusal, empty};
use crate::instance::Instance;
use crate::store;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

/// `GET /api/health`: 200 or 500, without a body.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/health", get(health))
}

async fn health(State(instance): State<Arc<Instance>>) -> Result<Response, Refusal> {
    store::system_configuration::get(&instance.database).await?;
    Ok(empty(StatusCode::OK))
}
