//! `GET /api/jwt/validate` (<https://fusionauth.io/docs/apis/jwt/validate-a-jwt>) returns the claims, or 401. Access tokens can't be
//! revoked, so the token of a user who signed out is valid until it expires.

use crate::http::{Answer, Anyone, Routes, credentials, json};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use serde_json::json;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/jwt/validate", get(validate))
}

async fn validate(Anyone(emulator): Anyone, headers: HeaderMap) -> Answer {
    let claims = credentials::claims(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(json(StatusCode::OK, &json!({"jwt": claims})))
}
