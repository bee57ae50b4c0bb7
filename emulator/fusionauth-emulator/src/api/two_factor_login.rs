//! `POST /api/two-factor/login` (<https://fusionauth.io/docs/apis/login/complete-mfa>): completes a login with the code of a second factor.
//! It needs no API key.

use super::login::{Login, Output, finish, refused};
use crate::database::{self, one_time_ids::Purpose};
use crate::domain::{one_time_ids, required, second_factor};
use crate::http::cookies::{self, Lifetime};
use crate::http::{Answer, Anyone, JsonBody, Routes, TenantHeader, status};
use crate::state::{AppState, OpaqueToken};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/two-factor/login", post(two_factor_login))
}

/// This type has no `Debug`, because it contains a one-time id and a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    application_id: Option<Uuid>,
    code: Option<String>,
    meta_data: Option<Value>,
    #[serde(rename = "noJWT")]
    no_jwt: bool,
    trust_computer: bool,
    two_factor_id: Option<String>,
    _event_info: Option<Value>,
    _ip_address: Option<String>,
    _new_device: Option<bool>,
    _user_id: Option<Uuid>,
}

async fn two_factor_login(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let code = required("code", body.code)?;
    let two_factor_id = OpaqueToken::from_request(required("twoFactorId", body.two_factor_id)?);
    let login = Login::new(tenant, application, body.meta_data.unwrap_or_default(), Output::unless(body.no_jwt));
    complete(&emulator, &headers, login, &two_factor_id, &code, body.trust_computer).await
}

/// Checks the code of a login or step-up that waits for a second factor, and finishes the login. With `trust_computer`, later logins with
/// this browser need no second factor.
pub(super) async fn complete(
    emulator: &AppState,
    headers: &HeaderMap,
    mut login: Login,
    id: &OpaqueToken,
    code: &str,
    trust_computer: bool,
) -> Answer {
    let now = emulator.clock.now_ms();
    let challenge = database::one_time_ids::find(&emulator.database, Purpose::TwoFactor, id, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    let stored = database::users::stored_by_id(&emulator.database, challenge.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = &stored.user;
    if let Some(refused) = refused(emulator, user, login.application_id()).await? {
        return Ok(refused);
    }
    let mut transaction = emulator.database.begin().await?;
    // `take` succeeds for only one of several callers with the same id. A wrong code rolls the transaction back, so the id stays valid.
    if !database::one_time_ids::take(&mut *transaction, Purpose::TwoFactor, id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let is_right = challenge.accepts(code, now)
        || second_factor::is_shown_by_app(emulator, user, code)
        || database::users::take_recovery_code(&mut *transaction, user.id, code).await?;
    if !is_right {
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    }
    let lifetimes = &login.tenant.external_identifier_configuration;
    let trust_seconds = lifetimes.two_factor_trust_id_time_to_live_in_seconds;
    let trust_id = if trust_computer {
        Some(one_time_ids::issue(emulator, &mut transaction, Purpose::TwoFactorTrust, user.id, trust_seconds, json!({})).await?)
    } else {
        None
    };
    let (seconds, details) =
        (lifetimes.trust_token_time_to_live_in_seconds, json!({"trustChallenge": challenge.details["trustChallenge"]}));
    let trust_token = one_time_ids::issue(emulator, &mut transaction, Purpose::TrustToken, user.id, seconds, details).await?;
    transaction.commit().await?;
    // A step-up has no first step, so its details name no type.
    login.authentication_type =
        serde_json::from_value(challenge.details["authenticationType"].clone()).unwrap_or(login.authentication_type);
    login.change_reason = challenge.details["changeReason"].as_str().map(str::to_owned);
    login.state = challenge.details["state"].clone();
    login.two_factor_trust_id = trust_id.as_ref().map(|it| it.expose().to_owned());
    login.trust_token = Some(trust_token.expose().to_owned());
    let mut response = finish(emulator, headers, login, stored).await?;
    if [StatusCode::OK, StatusCode::ACCEPTED, status(212)].contains(&response.status()) {
        let (same_site, lifetime) = (emulator.behaviours().same_site, Lifetime::Seconds(trust_seconds));
        let cookie = trust_id.and_then(|it| cookies::set(headers, same_site, cookies::TRUST, it.expose(), lifetime));
        cookies::append(&mut response, [cookie]);
    }
    Ok(response)
}
