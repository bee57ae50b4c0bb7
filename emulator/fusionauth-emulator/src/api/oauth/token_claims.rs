//! What an access token says. `POST /oauth2/introspect` (RFC 7662) tells whether a token is valid, and returns its claims.
//! `/oauth2/userinfo` (OpenID Connect Core 1.0 section 5.3): the claims about the token's user.

use super::client::Client;
use super::error::{OauthError, missing};
use super::form::FormBody;
use crate::database;
use crate::domain::renewals::has_scope;
use crate::http::{Answer, Anyone, Routes, credentials, json};
use crate::model::{ClientAuthenticationPolicy, ScopeHandlingPolicy};
use crate::state::AppState;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/introspect", post(introspect)).route("/oauth2/userinfo", get(user_info).post(user_info))
}

/// This type has no `Debug`, because it contains a token and a secret.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    client_id: Option<String>,
    client_secret: Option<String>,
    token: Option<String>,
}

async fn introspect(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Form>) -> Answer<OauthError> {
    let client = Client::of(&headers, form.client_id, form.client_secret)?;
    let application = client.authenticated(&emulator, |policy| policy == ClientAuthenticationPolicy::Required).await?;
    let token = form.token.filter(|it| !it.is_empty()).ok_or_else(|| missing("missing_token", "token"))?;
    let Some(mut claims) = credentials::claims_of(&emulator, &token).await? else {
        return Ok(json(StatusCode::OK, &json!({"active": false})));
    };
    if claims["aud"] != json!(application.id) {
        return Err(OauthError::Token("access_token_invalid", "The token was issued to another client."));
    }
    claims["active"] = json!(true);
    Ok(json(StatusCode::OK, &claims))
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
    let user = token["sub"].as_str().and_then(|it| it.parse::<Uuid>().ok());
    let user = database::users::by_id(&emulator.database, user).await?.ok_or_else(invalid)?;
    let application = token["aud"].as_str().and_then(|it| it.parse::<Uuid>().ok());
    let application = database::applications::by_id(&emulator.database, application).await?;
    let is_strict = application.is_some_and(|it| it.oauth_configuration.scope_handling_policy == ScopeHandlingPolicy::Strict);
    let has = |wanted: &str| token["scope"].as_str().is_some_and(|it| has_scope(it, wanted));
    if is_strict && !has("openid") {
        return Err(OauthError::Token("access_token_invalid", "The access token lacks the scope openid."));
    }
    let mut claims = user.claims_of(|it| if is_strict { has(it) } else { it != "phone" });
    for name in ["applicationId", "roles", "sub", "tid"] {
        claims.insert(name.to_owned(), token[name].clone());
    }
    Ok(claims.into())
}
