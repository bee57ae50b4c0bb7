//! The device authorization grant (RFC 8628, <https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/#example-device-authorization-grant>).
//! A device gets two codes from `/oauth2/device_authorize`. The user types one of them into the application's own page, which passes it on
//! as `user_code` to `/oauth2/authorize` or to `/oauth2/device/approve`, or into the emulator's page `/oauth2/device`. The device polls
//! `/oauth2/token` with the other one.

use super::client::{self, Client};
use super::code::approve as approve_device;
use super::error::{OauthError, missing};
use super::form::FormBody;
use super::request::with_query;
use super::scopes;
use super::tokens::{Approved, IssuedTokens, Recipient};
use crate::database::device_codes::{self, Approval, Device};
use crate::database::{self, Written};
use crate::domain::Refusal;
use crate::domain::sessions::AuthenticationType;
use crate::http::{Answer, Anyone, Query, Routes, credentials, empty, json};
use crate::model::{Application, ClientAuthenticationPolicy};
use crate::state::{AppState, OpaqueToken, Random};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

/// The grant's name.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How many seconds a device must wait between two polls, and by how many seconds a poll that comes too early lengthens the wait (RFC 8628
/// sections 3.2 and 3.5).
const INTERVAL_SECONDS: i64 = 5;

/// How long the emulator knows an expired code, so that it can answer `expired_token`.
const EXPIRED_MS: i64 = 24 * 60 * 60 * 1_000;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/oauth2/device_authorize", post(authorize))
        .route("/oauth2/device/validate", get(validate))
        // FusionAuth's client libraries send a GET with a form.
        .route("/oauth2/device/user-code", get(describe).post(describe))
        .route("/oauth2/device/approve", post(approve))
}

/// This type has no `Debug`, because it contains a token, a secret and a code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Form {
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
    token: Option<String>,
    user_code: Option<String>,
    #[serde(rename = "metaData.device.description")]
    description: Option<String>,
    #[serde(rename = "metaData.device.name")]
    name: Option<String>,
    #[serde(rename = "metaData.device.type")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    client_id: Option<String>,
    #[serde(rename = "tenantId")]
    tenant_id: Option<String>,
    user_code: Option<String>,
}

/// Gives a device its codes.
async fn authorize(Anyone(emulator): Anyone, FormBody(form): FormBody<Form>) -> Answer<OauthError> {
    let application = known_client(&emulator, form.client_id).await?;
    let oauth = &application.oauth_configuration;
    if !oauth.enabled_grants.iter().any(|it| it == GRANT) {
        return Err(OauthError::UnauthorizedClient("grant_type_disabled", "The application does not allow this grant."));
    }
    let url = oauth.device_verification_url.clone().filter(|it| !it.is_empty());
    let url = url.ok_or_else(|| {
        OauthError::Request("missing_verification_uri", "The application's oauthConfiguration lacks deviceVerificationURL.".to_owned())
    })?;
    let tenant = database::tenants::by_id(&emulator.database, application.tenant_id).await?.ok_or_else(client::unknown)?;
    let scope = scopes::accepted(&emulator, &application, form.scope.filter(|it| !it.is_empty())).await?;
    let seconds = tenant.external_identifier_configuration.device_code_time_to_live_in_seconds;
    let now = emulator.clock.now_ms();
    let device = Device {
        application_id: application.id,
        scope,
        info: json!({"description": form.description, "name": form.name, "type": form.kind}),
        expiry_ms: now.saturating_add(seconds.saturating_mul(1_000)),
        interval_seconds: INTERVAL_SECONDS,
        last_poll_ms: None,
        approval: None,
    };
    let device_code = OpaqueToken::generate(&emulator.random);
    let user_code = store(&emulator, &device_code, &device).await?;
    let answer = json!({
        "device_code": device_code.expose(),
        "expires_in": seconds,
        "interval": INTERVAL_SECONDS,
        "user_code": user_code,
        "verification_uri": url,
        "verification_uri_complete": with_query(&url, [("user_code", user_code.as_str())].into_iter()),
    });
    Ok(json(StatusCode::OK, &answer))
}

/// Stores a device under a new user code, which it returns. There are 64 million user codes, so the first one is almost always free.
async fn store(emulator: &AppState, device_code: &OpaqueToken, device: &Device) -> Result<String, OauthError> {
    let mut transaction = emulator.database.begin().await?;
    device_codes::delete_expired(&mut *transaction, emulator.clock.now_ms().saturating_sub(EXPIRED_MS)).await?;
    for _ in 0..8 {
        let user_code = new_user_code(&emulator.random);
        if device_codes::insert(&mut *transaction, device_code, &user_code, device).await? == Written::Yes {
            transaction.commit().await?;
            return Ok(user_code);
        }
    }
    Err(Refusal::Internal("no user code is free", String::new()).into())
}

/// Six consonants, which form no words (RFC 8628 section 6.1).
fn new_user_code(random: &Random) -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    random.bytes::<6>().iter().map(|it| char::from(LETTERS[usize::from(*it) % LETTERS.len()])).collect()
}

/// Exchanges a device code for tokens, once a user has approved the device.
pub(super) async fn exchange(emulator: &AppState, application: &Application, code: &OpaqueToken) -> Result<IssuedTokens, OauthError> {
    let invalid = || OauthError::Request("invalid_device_code", "The device code is unknown or used.".to_owned());
    let recipient = Recipient::find(emulator, application).await?;
    let now = emulator.clock.now_ms();
    let mut transaction = emulator.database.begin().await?;
    let device = device_codes::by_device_code(&mut *transaction, code).await?;
    let device = device.filter(|it| it.application_id == application.id).ok_or_else(invalid)?;
    if device.expiry_ms <= now {
        return Err(OauthError::Device("expired_token", "The device code has expired."));
    }
    let Some(approval) = device.approval else {
        let next_ms = device.last_poll_ms.map(|it| it.saturating_add(device.interval_seconds.saturating_mul(1_000)));
        let is_early = next_ms.is_some_and(|it| now < it);
        let interval = if is_early { device.interval_seconds.saturating_add(INTERVAL_SECONDS) } else { device.interval_seconds };
        device_codes::set_poll(&mut *transaction, code, now, interval).await?;
        transaction.commit().await?;
        return Err(if is_early {
            OauthError::Device("slow_down", "The device polls too often. It must wait five seconds longer between two polls.")
        } else {
            OauthError::Device("authorization_pending", "The authorization request is still pending.")
        });
    };
    if !device_codes::take(&mut *transaction, code).await? {
        return Err(invalid());
    }
    let approved = Approved {
        user: approval.user_id,
        authentication_type: AuthenticationType::Password,
        auth_time: approval.auth_time,
        grant: GRANT,
        nonce: None,
        scope: device.scope.as_deref(),
        device: Some(&device.info),
    };
    let tokens = recipient.issue(emulator, &mut transaction, approved).await?;
    transaction.commit().await?;
    Ok(tokens)
}

/// 200 without a body if a user may approve the device with this code.
async fn validate(Anyone(emulator): Anyone, Query(parameters): Query<Parameters>) -> Answer<OauthError> {
    let application = known_client(&emulator, parameters.client_id).await?;
    if parameters.tenant_id.is_some_and(|it| it != application.tenant_id.to_string()) {
        return Err(OauthError::Request("invalid_tenant_id", "The client belongs to another tenant.".to_owned()));
    }
    pending(&emulator, &application, &required_user_code(parameters.user_code)?).await?;
    Ok(empty(StatusCode::OK))
}

/// What is known about the device with this code. The caller needs the client's credentials or an API key.
async fn describe(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Form>) -> Answer<OauthError> {
    let user_code = required_user_code(form.user_code)?;
    let application = if credentials::has_api_key(&emulator, &headers).await? {
        let device = device_codes::by_user_code(&emulator.database, &device_codes::hash_of_user_code(&user_code)).await?;
        let id = device.ok_or_else(invalid_user_code)?.application_id;
        client::find(&emulator, &id.to_string()).await?.ok_or_else(client::unknown)?
    } else {
        authenticated(&emulator, &headers, form.client_id, form.client_secret).await?
    };
    let device = pending(&emulator, &application, &user_code).await?;
    let scopes = device.scope.as_deref().unwrap_or_default().split(' ');
    let shown: Vec<&str> = scopes.filter(|it| !["", "openid", "offline_access"].contains(it) && !it.starts_with("idp-link:")).collect();
    let answer = json!({
        "client_id": application.id,
        "deviceInfo": device.info,
        "expires_in": device.expiry_ms.saturating_sub(emulator.clock.now_ms()).div_euclid(1_000),
        "scope": (!shown.is_empty()).then(|| shown.join(" ")),
        "tenantId": application.tenant_id,
        "user_code": user_code,
    });
    Ok(json(StatusCode::OK, &answer))
}

/// Approves the device with this code for the user of an access token.
async fn approve(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Form>) -> Answer<OauthError> {
    let application = authenticated(&emulator, &headers, form.client_id, form.client_secret).await?;
    let token = form.token.filter(|it| !it.is_empty()).ok_or_else(|| missing("missing_token", "token"))?;
    let user_code = required_user_code(form.user_code)?;
    let invalid = || OauthError::Token("access_token_invalid", "The access token is expired, invalid or was issued to another client.");
    let claims = credentials::claims_of(&emulator, &token).await?.filter(|it| it["aud"] == json!(application.id)).ok_or_else(invalid)?;
    let user_id = claims["sub"].as_str().and_then(|it| it.parse().ok()).ok_or_else(invalid)?;
    let auth_time = claims["auth_time"].as_i64().ok_or_else(invalid)?;
    let device = pending(&emulator, &application, &user_code).await?;
    let mut transaction = emulator.database.begin().await?;
    database::users::by_id(&mut *transaction, user_id).await?.filter(|it| it.active).ok_or_else(invalid)?;
    approve_device(&emulator, &mut transaction, &device_codes::hash_of_user_code(&user_code), Approval { user_id, auth_time }).await?;
    transaction.commit().await?;
    let answer = json!({
        "deviceGrantStatus": "Approved",
        "deviceInfo": device.info,
        "tenantId": application.tenant_id,
        "userId": user_id,
    });
    Ok(json(StatusCode::OK, &answer))
}

/// The device of this client that waits for an approval with this user code.
pub(super) async fn pending(emulator: &AppState, application: &Application, user_code: &str) -> Result<Device, OauthError> {
    let device = device_codes::by_user_code(&emulator.database, &device_codes::hash_of_user_code(user_code)).await?;
    let device = device.filter(|it| it.application_id == application.id && it.approval.is_none()).ok_or_else(invalid_user_code)?;
    if device.expiry_ms <= emulator.clock.now_ms() {
        return Err(OauthError::Request("user_code_expired", "The user code has expired.".to_owned()));
    }
    Ok(device)
}

pub(super) async fn known_client(emulator: &AppState, id: Option<String>) -> Result<Application, OauthError> {
    let id = id.filter(|it| !it.is_empty()).ok_or_else(|| missing("missing_client_id", "client_id"))?;
    client::find_known(emulator, &id).await
}

async fn authenticated(
    emulator: &AppState,
    headers: &HeaderMap,
    id: Option<String>,
    secret: Option<String>,
) -> Result<Application, OauthError> {
    let client = Client::of(headers, id, secret)?;
    client.authenticated(emulator, |policy| policy == ClientAuthenticationPolicy::Required).await
}

fn required_user_code(code: Option<String>) -> Result<String, OauthError> {
    code.filter(|it| !it.is_empty()).ok_or_else(|| missing("missing_user_code", "user_code"))
}

fn invalid_user_code() -> OauthError {
    OauthError::Request("invalid_user_code", "The user code is unknown or used.".to_owned())
}
