//! `GET /api/jwt/validate` (<https://fusionauth.io/docs/apis/jwt/validate-a-jwt>) returns the claims, or 401. Access tokens can't be
//! revoked, so the token of a user who signed out is valid until it expires.

use crate::domain::Refusal;
use crate::http::{credentials, json};
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/api/jwt/validate", get(validate))
}

async fn validate(State(emulator): State<Arc<AppState>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let claims = credentials::claims(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(json(StatusCode::OK, &json!({"jwt": claims})))
}
