//! Signing in with a mailed code instead of a password (<https://fusionauth.io/docs/apis/passwordless>): `start` creates a code for a
//! caller with an API key, `send` mails it, `login` accepts it once. With the strategy `FormField`, `login` also
//! needs a short code, which the user types.

use super::login::{Login, Output, proceed, refused};
use crate::database::{
    self,
    one_time_ids::{OneTimeId, Purpose},
};
use crate::domain::mail::{self, Context};
use crate::domain::sessions::AuthenticationType;
use crate::domain::{Refusal, one_time_ids, required};
use crate::http::{Answer, Anyone, Authorized, JsonBody, Routes, TenantHeader, empty, json};
use crate::model::{Application, LoginIdType, Tenant, User, VerificationStrategy};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/passwordless/start", post(start))
        .route("/api/passwordless/send", post(send))
        .route("/api/passwordless/login", post(login))
}

/// The user for whom `start` creates a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StartBody {
    application_id: Option<Uuid>,
    login_id: Option<String>,
    login_id_types: Option<Vec<LoginIdType>>,
    login_strategy: Option<VerificationStrategy>,
    state: Option<Value>,
}

/// The code that `start` created, or, from older clients, the user for whom `send` creates a code. This type has no `Debug`, because it
/// contains a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SendBody {
    application_id: Option<Uuid>,
    code: Option<String>,
    login_id: Option<String>,
    state: Option<Value>,
}

/// This type has no `Debug`, because it contains a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LoginBody {
    application_id: Option<Uuid>,
    code: Option<String>,
    meta_data: Option<Value>,
    #[serde(rename = "noJWT")]
    no_jwt: bool,
    one_time_code: Option<String>,
    two_factor_trust_id: Option<String>,
    _ip_address: Option<String>,
    _new_device: Option<bool>,
}

/// The codes of one sign-in. This type has no `Debug`, because it contains them.
struct Codes {
    code: OpaqueToken,
    /// The short code that a user types.
    one_time_code: Option<OpaqueToken>,
}

async fn start(Authorized(emulator): Authorized, tenant: TenantHeader, JsonBody(body): JsonBody<StartBody>) -> Answer {
    let (application, tenant) = application_and_tenant(&emulator, &tenant, body.application_id).await?;
    let login_id = required("loginId", body.login_id)?;
    let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, body.login_id_types.as_deref()).await?;
    let user = stored.ok_or(StatusCode::NOT_FOUND)?.user;
    let codes = issue(&emulator, &application, &tenant, &user, body.login_strategy, body.state).await?;
    let body = json!({"code": codes.code.expose(), "oneTimeCode": codes.one_time_code.as_ref().map(OpaqueToken::expose)});
    Ok(json(StatusCode::OK, &body))
}

async fn send(Anyone(emulator): Anyone, tenant: TenantHeader, JsonBody(body): JsonBody<SendBody>) -> Answer {
    let now = emulator.clock.now_ms();
    let unknown = |field: &str| Refusal::field("invalid", field, "This is unknown or has expired.");
    let (application, tenant, user, codes, state) = match body.code.filter(|it| !it.is_empty()) {
        Some(code) => {
            let code = OpaqueToken::from_request(code);
            let started = database::one_time_ids::find(&emulator.database, Purpose::Passwordless, &code, now).await?;
            let started = started.ok_or_else(|| unknown("code"))?;
            let (application, tenant) = application_and_tenant(&emulator, &tenant, application_of(&started)).await?;
            let user = database::users::by_id(&emulator.database, started.user_id).await?.ok_or_else(|| unknown("code"))?;
            // The database has only the hash of the short code that `start` returned, so the message gets a new short code.
            let one_time_code = started.has_code().then(|| OpaqueToken::generate_code(&emulator.random));
            if let Some(one_time_code) = &one_time_code {
                database::one_time_ids::set_code(&emulator.database, &code, one_time_code, started.expiry_ms).await?;
            }
            (application, tenant, user, Codes { code, one_time_code }, started.details["state"].clone())
        }
        None => {
            let (application, tenant) = application_and_tenant(&emulator, &tenant, body.application_id).await?;
            let login_id = required("loginId", body.login_id)?;
            let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, None).await?;
            let user = stored.ok_or_else(|| unknown("loginId"))?.user;
            let codes = issue(&emulator, &application, &tenant, &user, None, body.state.clone()).await?;
            (application, tenant, user, codes, json!(body.state))
        }
    };
    let mut values = BTreeMap::from([("code".to_owned(), codes.code.expose().to_owned())]);
    if let Some(code) = &codes.one_time_code {
        values.insert("oneTimeCode".to_owned(), code.expose().to_owned());
    }
    let context = Context { tenant: &tenant, application: Some(&application), user: Some(&user), values, state: Some(&state) };
    mail::send(&emulator, Topic::Passwordless, None, context).await?;
    Ok(empty(StatusCode::OK))
}

async fn login(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<LoginBody>) -> Answer {
    let (now, purpose) = (emulator.clock.now_ms(), Purpose::Passwordless);
    let code = OpaqueToken::from_request(required("code", body.code)?);
    let started = database::one_time_ids::find(&emulator.database, purpose, &code, now).await?.ok_or(StatusCode::NOT_FOUND)?;
    let (application, tenant) = tenant.resolve(&emulator, body.application_id.or_else(|| application_of(&started))).await?;
    let stored = database::users::stored_by_id(&emulator.database, started.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    // A wrong short code uses up the code, because otherwise the short code could be guessed. This check comes before the account's, because
    // otherwise the answer to a wrong short code would reveal that the account exists.
    let is_right = !started.has_code() || body.one_time_code.is_some_and(|it| started.accepts(&it, now));
    if !database::one_time_ids::take(&emulator.database, purpose, &code).await? || !is_right {
        return Err(StatusCode::NOT_FOUND.into());
    }
    if let Some(refused) = refused(&emulator, &stored.user, application.as_ref().map(|it| it.id)).await? {
        return Ok(refused);
    }
    let mut login = Login::new(tenant, application, body.meta_data.unwrap_or_default(), Output::unless(body.no_jwt));
    (login.authentication_type, login.state) = (AuthenticationType::Passwordless, started.details["state"].clone());
    proceed(&emulator, &headers, login, stored, body.two_factor_trust_id).await
}

/// The application for which the code was created.
fn application_of(started: &OneTimeId) -> Option<Uuid> {
    started.details["applicationId"].as_str()?.parse().ok()
}

/// The application, which must allow sign-ins without a password, and its tenant.
async fn application_and_tenant(emulator: &AppState, tenant: &TenantHeader, id: Option<Uuid>) -> Result<(Application, Tenant), Refusal> {
    let id = id.ok_or_else(|| Refusal::blank("applicationId"))?;
    let (Some(application), tenant) = tenant.resolve(emulator, Some(id)).await? else { return Err(StatusCode::NOT_FOUND.into()) };
    if application.passwordless_configuration.as_ref().is_none_or(|it| it["enabled"] != true) {
        return Err(Errors::general("[PasswordlessDisabled]", "The application's passwordlessConfiguration.enabled is false.").into());
    }
    Ok((application, tenant))
}

async fn issue(
    emulator: &AppState,
    application: &Application,
    tenant: &Tenant,
    user: &User,
    strategy: Option<VerificationStrategy>,
    state: Option<Value>,
) -> Result<Codes, Refusal> {
    let configured = application.passwordless_configuration.as_ref().is_some_and(|it| it["emailLoginStrategy"] == "FormField");
    let types = strategy.map_or(configured, |it| it == VerificationStrategy::FormField);
    let code = OpaqueToken::generate(&emulator.random);
    let one_time_code = types.then(|| OpaqueToken::generate_code(&emulator.random));
    let seconds = tenant.external_identifier_configuration.passwordless_login_time_to_live_in_seconds;
    let details = json!({"applicationId": application.id, "state": state});
    let mut transaction = emulator.database.begin().await?;
    one_time_ids::store(emulator, &mut transaction, &code, Purpose::Passwordless, user.id, seconds, one_time_code.as_ref(), details)
        .await?;
    transaction.commit().await?;
    Ok(Codes { code, one_time_code })
}
