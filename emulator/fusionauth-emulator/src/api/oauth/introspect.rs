//! `POST /oauth2/introspect` (RFC 7662) tells whether an access token is valid, and returns its claims.

use super::client::Client;
use super::error::{OauthError, missing};
use crate::http::form::form;
use crate::http::{Answer, Anyone, Routes, credentials, json};
use crate::model::ClientAuthenticationPolicy;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/introspect", post(introspect))
}

/// This type has no `Debug`, because it contains a token and a secret.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    client_id: Option<String>,
    client_secret: Option<String>,
    token: Option<String>,
}

async fn introspect(Anyone(emulator): Anyone, request: Request) -> Answer<OauthError> {
    let headers = request.headers().clone();
    let form: Form = form(request).await.map_err(|description| OauthError::Request("unknown", description))?;
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
