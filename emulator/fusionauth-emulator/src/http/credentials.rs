//! The credentials of a request: an API key, or a user's access token.

use super::cookies;
use crate::database;
use crate::domain::{Refusal, signing_keys};
use crate::state::{AppState, OpaqueToken, key_id};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Arc;
use uuid::Uuid;

/// The emulator, for a request with a valid API key. The extractor answers 401 to any other request.
pub(crate) struct Authorized(pub(crate) Arc<AppState>);

impl FromRequestParts<Arc<AppState>> for Authorized {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, emulator: &Arc<AppState>) -> Result<Self, Refusal> {
        if has_api_key(emulator, &parts.headers).await? { Ok(Self(Arc::clone(emulator))) } else { Err(StatusCode::UNAUTHORIZED.into()) }
    }
}

/// The emulator, for a request of any caller. Many such endpoints check the caller's credentials themselves.
pub(crate) struct Anyone(pub(crate) Arc<AppState>);

impl FromRequestParts<Arc<AppState>> for Anyone {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, emulator: &Arc<AppState>) -> Result<Self, Infallible> {
        Ok(Self(Arc::clone(emulator)))
    }
}

/// Whether the request has a valid API key, which is the whole value of the `Authorization` header, without a scheme.
pub(crate) async fn has_api_key(emulator: &AppState, headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(key) = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()) else { return Ok(false) };
    Ok(database::api_keys::find(&emulator.database, &OpaqueToken::from_request(key)).await?.is_some())
}

/// The claims of the request's access token, if it is valid. The `Authorization` header takes precedence over the cookie.
pub(crate) async fn claims(emulator: &AppState, headers: &HeaderMap) -> Result<Option<Value>, Refusal> {
    match access_token(headers) {
        Some(token) => claims_of(emulator, &token).await,
        None => Ok(None),
    }
}

/// The claims of an access token that this emulator signed, if it is valid. An id token, which has the hash of its access token, is none
/// (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>: "The `id_token` should not be utilized for authorization").
pub(crate) async fn claims_of(emulator: &AppState, token: &str) -> Result<Option<Value>, Refusal> {
    let claims = claims_at(emulator, token, emulator.clock.now_ms().div_euclid(1_000)).await?;
    Ok(claims.filter(|it| it["at_hash"].is_null()))
}

/// The claims of any token that this emulator signed, even if it has expired.
pub(crate) async fn claims_of_any_age(emulator: &AppState, token: &str) -> Result<Option<Value>, Refusal> {
    claims_at(emulator, token, i64::MIN).await
}

async fn claims_at(emulator: &AppState, token: &str, now_seconds: i64) -> Result<Option<Value>, Refusal> {
    let Some(kid) = key_id(token) else { return Ok(None) };
    let Some(stored) = database::signing_keys::by_kid(&emulator.database, &kid).await? else { return Ok(None) };
    Ok(signing_keys::parse(emulator, stored)?.verify(token, now_seconds))
}

/// The user of the request's valid access token.
pub(crate) async fn user(emulator: &AppState, headers: &HeaderMap) -> Result<Option<Uuid>, Refusal> {
    Ok(claims(emulator, headers).await?.and_then(|it| it["sub"].as_str()?.parse().ok()))
}

/// The request's access token, valid or not.
pub(crate) fn access_token(headers: &HeaderMap) -> Option<String> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()?.split_once(' '));
    let bearer = authorization.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("jwt"));
    bearer.map(|(_, token)| token.trim().to_owned()).or_else(|| cookies::get(headers, cookies::ACCESS_TOKEN))
}
