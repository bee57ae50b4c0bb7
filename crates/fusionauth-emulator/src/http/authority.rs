use super::Refusal;
use crate::instance::Instance;
use crate::jwt;
use crate::opaque::Opaque;
use crate::signing_keys::open;
use crate::store;
use crate::{cookies, store::signing_keys};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Proof that the request came with an API key; without one it is answered 401.
pub(crate) struct ApiKey;

impl FromRequestParts<Arc<Instance>> for ApiKey {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, instance: &Arc<Instance>) -> Result<Self, Refusal> {
        if has_api_key(instance, &parts.headers).await? { Ok(Self) } else { Err(StatusCode::UNAUTHORIZED.into()) }
    }
}

/// Whether the request has an API key: the `Authorization` header's whole value, without a scheme.
pub(crate) async fn has_api_key(instance: &Instance, headers: &HeaderMap) -> Result<bool, Refusal> {
    let Some(key) = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()) else { return Ok(false) };
    Ok(store::api_keys::exists(&instance.database, &Opaque::from_caller(key)).await?)
}

/// The claims of the access token that came along, if it is valid. The header is looked at first, then the cookie.
pub(crate) async fn claims(instance: &Instance, headers: &HeaderMap) -> Result<Option<Value>, Refusal> {
    let Some(token) = bearer(headers).or_else(|| cookies::get(headers, cookies::ACCESS_TOKEN)) else { return Ok(None) };
    let Some(kid) = jwt::kid(&token) else { return Ok(None) };
    let Some(stored) = signing_keys::by_kid(&instance.database, &kid).await? else { return Ok(None) };
    Ok(open(instance, stored)?.verify(&token, instance.clock.now_ms().div_euclid(1_000)))
}

/// Whose access token came along.
pub(crate) async fn user(instance: &Instance, headers: &HeaderMap) -> Result<Option<Uuid>, Refusal> {
    Ok(claims(instance, headers).await?.and_then(|it| it["sub"].as_str()?.parse().ok()))
}

/// Whether any access token came along, valid or not.
pub(crate) fn came(headers: &HeaderMap) -> bool {
    bearer(headers).is_some() || cookies::get(headers, cookies::ACCESS_TOKEN).is_some()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("jwt");
    known.then(|| token.trim().to_owned())
}

/// Scheme, host and port that the browser asked, which a proxy reports. The default port is not written.
pub(crate) fn own_origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let scheme = if cookies::is_https(headers) { "https" } else { "http" };
    let host = text("x-forwarded-host").or(text("host")).unwrap_or_default();
    let host = match text("x-forwarded-port") {
        Some(port) => format!("{}:{port}", host.rsplit_once(':').map_or(host, |(name, _)| name)),
        None => host.to_owned(),
    };
    let default = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}", host.strip_suffix(default).unwrap_or(&host))
}
