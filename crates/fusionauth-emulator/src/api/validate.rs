use crate::domain::Refusal;
use crate::http::{credentials, json};
use crate::state::Instance;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

/// `GET /api/jwt/validate` (<https://fusionauth.io/docs/apis/jwt/validate-a-jwt>): the claims, or 401. Access tokens can't be revoked,
/// so the token of a user who signed out is valid until it expires.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/jwt/validate", get(validate))
}

async fn validate(State(instance): State<Arc<Instance>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let claims = credentials::claims(&instance, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(json(StatusCode::OK, &json!({"jwt": claims})))
}
