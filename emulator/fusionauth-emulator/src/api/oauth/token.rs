//! `POST /oauth2/token` exchanges an authorization code, a device code, a password or a refresh token for tokens. It also accepts the refresh tokens of
//! `POST /api/login`, and sets no cookies.

use super::client::Client;
use super::client_credentials;
use super::code::{self, CodeGrant};
use super::device;
use super::error::{OauthError, invalid_lifetime, missing};
use super::form::FormBody;
use super::password::{self, PasswordGrant};
use super::scopes;
use super::tokens::IssuedTokens;
use crate::domain::renewals::{Caller, Candidate, RenewalError};
use crate::domain::sessions::REFRESH_GRANT as REFRESH;
use crate::http::{Answer, Anyone, Routes, json};
use crate::model::{Application, ClientAuthenticationPolicy};
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/token", post(token))
}

/// This type has no `Debug`, because it contains a token, a password and a secret.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    client_id: Option<String>,
    client_secret: Option<String>,
    code: Option<String>,
    code_verifier: Option<String>,
    device_code: Option<String>,
    expires_in: Option<String>,
    grant_type: Option<String>,
    #[serde(rename = "metaData.device.description")]
    device_description: Option<String>,
    #[serde(rename = "metaData.device.name")]
    device_name: Option<String>,
    #[serde(rename = "metaData.device.type")]
    device_type: Option<String>,
    password: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
    /// The scope of the grants `client_credentials` and `password`; the refresh grant can leave out scopes of the authorization request.
    scope: Option<String>,
    /// The user code of a device that a password grant approves.
    user_code: Option<String>,
    username: Option<String>,
}

/// The grants that the emulator lacks.
const MISSING_GRANTS: [&str; 2] = ["implicit", "urn:ietf:params:oauth:grant-type:token-exchange"];

const CODE: &str = "authorization_code";

async fn token(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Form>) -> Answer<OauthError> {
    let grant = present(form.grant_type).ok_or_else(|| missing("missing_grant_type", "grant_type"))?;
    let verifier = present(form.code_verifier);
    let client = Client::of(&headers, form.client_id, form.client_secret)?;
    if grant == client_credentials::GRANT {
        return client_credentials::issue(&emulator, client, present(form.scope).as_deref()).await;
    }
    let needs_secret = |policy| match policy {
        ClientAuthenticationPolicy::Required => true,
        ClientAuthenticationPolicy::NotRequired => false,
        ClientAuthenticationPolicy::NotRequiredWhenUsingPkce => grant == CODE && verifier.is_none(),
    };
    let application = client.authenticated(&emulator, needs_secret).await?;
    if MISSING_GRANTS.contains(&grant.as_str()) {
        return Err(OauthError::NotImplemented(grant));
    }
    if ![CODE, REFRESH, device::GRANT, password::GRANT].contains(&grant.as_str()) {
        return Err(OauthError::UnsupportedGrant);
    }
    if !application.oauth_configuration.enabled_grants.contains(&grant) {
        return Err(OauthError::UnauthorizedClient("grant_type_disabled", "The application does not allow this grant."));
    }
    let tokens = match grant.as_str() {
        CODE => {
            let code = present(form.code).ok_or_else(|| missing("missing_code", "code"))?;
            let redirect_uri = present(form.redirect_uri).ok_or_else(|| missing("missing_redirect_uri", "redirect_uri"))?;
            let grant = CodeGrant { code: OpaqueToken::from_request(code), redirect_uri, verifier };
            code::exchange(&emulator, &application, grant).await?
        }
        device::GRANT => {
            let code = present(form.device_code).ok_or_else(|| missing("missing_device_code", "device_code"))?;
            device::exchange(&emulator, &application, &OpaqueToken::from_request(code)).await?
        }
        REFRESH => {
            let token = present(form.refresh_token).ok_or_else(|| missing("missing_refresh_token", "refresh_token"))?;
            let lifetime = present(form.expires_in).map(|it| it.parse().map_err(|_| invalid_lifetime())).transpose()?;
            renew(&emulator, &application, OpaqueToken::from_request(token), lifetime, present(form.scope)).await?
        }
        password::GRANT => {
            let device = json!({"description": form.device_description, "name": form.device_name, "type": form.device_type});
            let (username, password) = (form.username.unwrap_or_default(), form.password.unwrap_or_default());
            let scope = scopes::accepted(&emulator, &application, present(form.scope)).await?;
            let user_code = present(form.user_code);
            password::exchange(&emulator, &headers, &application, PasswordGrant { username, password, scope, user_code, device }).await?
        }
        _ => return Err(OauthError::UnsupportedGrant),
    };
    Ok(json(StatusCode::OK, &tokens.to_json()))
}

/// Renews a session of this application.
pub(super) async fn renew(
    emulator: &AppState,
    application: &Application,
    token: OpaqueToken,
    lifetime: Option<i64>,
    scope: Option<String>,
) -> Result<IssuedTokens, OauthError> {
    let candidate = Candidate::find(emulator, token).await?;
    if candidate.application.id != application.id {
        return Err(RenewalError::NotFound.into());
    }
    let user = candidate.user.id;
    let renewed = candidate.renew(emulator, lifetime, Caller::Oauth { scope }).await?;
    Ok(IssuedTokens {
        access_token: renewed.access_token,
        seconds: renewed.seconds,
        id_token: renewed.id_token,
        refresh_token: Some((renewed.session.id, renewed.refresh_token)),
        refresh_token_seconds: renewed.configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60),
        scope: renewed.scope,
        user,
    })
}

fn present(value: Option<String>) -> Option<String> {
    value.filter(|it| !it.is_empty())
}
