//! `/oauth2/userinfo` (OpenID Connect Core 1.0 section 5.3): the claims about the user of an access token.

use super::error::OauthError;
use crate::database;
use crate::http::{Answer, Anyone, Routes, credentials, json};
use crate::state::AppState;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::get;
use serde_json::{Value, json};

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/userinfo", get(user_info).post(user_info))
}

async fn user_info(Anyone(emulator): Anyone, headers: HeaderMap) -> Answer<OauthError> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Err(OauthError::Token("access_token_required", "The Authorization header is missing."));
    }
    Ok(json(StatusCode::OK, &claims_of(&emulator, &credentials::access_token(&headers).unwrap_or_default()).await?))
}

/// The claims about the user of an access token.
pub(super) async fn claims_of(emulator: &AppState, access_token: &str) -> Result<Value, OauthError> {
    let invalid = || OauthError::Token("access_token_invalid", "The access token is expired or invalid.");
    let token = credentials::claims_of(emulator, access_token).await?.ok_or_else(invalid)?;
    let user = token["sub"].as_str().and_then(|it| it.parse().ok()).ok_or_else(invalid)?;
    let user = database::users::by_id(&emulator.database, user).await?.ok_or_else(invalid)?;
    let mut claims = json!({
        "applicationId": token["applicationId"],
        "email": user.email,
        "email_verified": user.verified,
        "preferred_username": user.username,
        "roles": token["roles"],
        "sub": user.id,
        "tid": user.tenant_id,
    });
    for (name, value) in user.profile_claims() {
        claims[name] = value.unwrap_or_default();
    }
    Ok(claims)
}
