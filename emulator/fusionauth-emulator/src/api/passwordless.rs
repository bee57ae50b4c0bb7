//! Signing in with a mailed code instead of a password (<https://fusionauth.io/docs/apis/passwordless>): `start` creates a code for a
//! caller with an API key, `send` mails it, `login` accepts it once. With the strategy `FormField`, `login` also
//! needs a short code, which the user types.

use super::login::{Login, Output, proceed, refused};
use crate::database::{
    self,
    one_time_ids::{OneTimeId, Purpose},
};
use crate::domain::mail::{self, Context, To};
use crate::domain::sessions::AuthenticationType;
use crate::domain::{Refusal, one_time_ids, required, users};
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
    let number = users::named_phone(&user, &login_id, body.login_id_types.as_deref());
    let codes = issue(&emulator, &application, &tenant, &user, (number, body.login_strategy), body.state).await?;
    let body = json!({"code": codes.code.expose(), "oneTimeCode": codes.one_time_code.as_ref().map(OpaqueToken::expose)});
    Ok(json(StatusCode::OK, &body))
}

async fn send(Anyone(emulator): Anyone, tenant: TenantHeader, JsonBody(body): JsonBody<SendBody>) -> Answer {
    let now = emulator.clock.now_ms();
    let unknown = |field: &str| Refusal::field("invalid", field, "This is unknown or has expired.");
    let (application, tenant, user, codes, details) = match body.code.filter(|it| !it.is_empty()) {
        Some(code) => {
            let code = OpaqueToken::from_request(code);
            let started = database::one_time_ids::find(&emulator.database, Purpose::Passwordless, &code, now).await?;
            let started = started.ok_or_else(|| unknown("code"))?;
            let (application, tenant) = application_and_tenant(&emulator, &tenant, application_of(&started)).await?;
            let user = database::users::by_id(&emulator.database, started.user_id).await?.ok_or_else(|| unknown("code"))?;
            // The database has only the hash of the short code that `start` returned, so the message gets a new short code.
            let one_time_code = started.has_code().then(|| OpaqueToken::generate_code(&emulator.random));
            if let Some(one_time_code) = &one_time_code {
                database::one_time_ids::set_code(&emulator.database, &code, one_time_code, started.expiry_ms, None).await?;
            }
            (application, tenant, user, Codes { code, one_time_code }, started.details)
        }
        None => {
            let (application, tenant) = application_and_tenant(&emulator, &tenant, body.application_id).await?;
            let login_id = required("loginId", body.login_id)?;
            let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, None).await?;
            let user = stored.ok_or_else(|| unknown("loginId"))?.user;
            let codes = issue(&emulator, &application, &tenant, &user, (None, None), body.state.clone()).await?;
            (application, tenant, user, codes, json!({"state": body.state}))
        }
    };
    codes.send(&emulator, &application, &tenant, &user, &details).await?;
    Ok(empty(StatusCode::OK))
}

impl Codes {
    async fn send(
        &self,
        emulator: &AppState,
        application: &Application,
        tenant: &Tenant,
        user: &User,
        details: &Value,
    ) -> Result<(), Refusal> {
        let mut values = BTreeMap::from([("code".to_owned(), self.code.expose().to_owned())]);
        values.extend(self.one_time_code.as_ref().map(|it| ("oneTimeCode".to_owned(), it.expose().to_owned())));
        let context = Context { tenant, application: Some(application), user: Some(user), values, state: Some(&details["state"]) };
        let to = details["phoneNumber"].as_str().map_or(To::Mailbox, To::Phone);
        mail::send(emulator, Topic::Passwordless, to, context).await
    }
}

/// Mails a code to the user with this login id. Returns the code; for an unknown user a code that nothing accepts, so that a page can
/// answer both in the same way.
pub(super) async fn send_code(
    emulator: &AppState,
    application: &Application,
    tenant: &Tenant,
    login_id: &str,
    state: Value,
) -> Result<OpaqueToken, Refusal> {
    let Some(stored) = database::users::by_login_id(&emulator.database, tenant.id, login_id, None).await? else {
        return Ok(OpaqueToken::generate(&emulator.random));
    };
    let codes = issue(emulator, application, tenant, &stored.user, (None, None), Some(state.clone())).await?;
    codes.send(emulator, application, tenant, &stored.user, &json!({"state": state})).await?;
    Ok(codes.code)
}

async fn login(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<LoginBody>) -> Answer {
    let code = OpaqueToken::from_request(required("code", body.code)?);
    let started = one_time_ids::find(&emulator, &emulator.database, Purpose::Passwordless, &code).await?;
    let (application, tenant) = tenant.resolve(&emulator, body.application_id.or_else(|| application_of(&started))).await?;
    let login = Login::new(tenant, application, body.meta_data.unwrap_or_default(), Output::unless(body.no_jwt));
    with_code(&emulator, &headers, login, (&code, &started), body.one_time_code.as_deref(), body.two_factor_trust_id).await
}

/// Signs in the user who got the code.
pub(super) async fn with_code(
    emulator: &AppState,
    headers: &HeaderMap,
    mut login: Login,
    (code, started): (&OpaqueToken, &OneTimeId),
    one_time_code: Option<&str>,
    trust_id: Option<String>,
) -> Answer {
    let stored = database::users::stored_by_id(&emulator.database, started.user_id).await?;
    let stored = stored.filter(|it| it.user.tenant_id == login.tenant.id).ok_or(StatusCode::NOT_FOUND)?;
    // A wrong short code uses up the code, because otherwise the short code could be guessed. This check comes before the account's, because
    // otherwise the answer to a wrong short code would reveal that the account exists.
    let is_right = !started.has_code() || one_time_code.is_some_and(|it| started.accepts(it, emulator.clock.now_ms()));
    if !database::one_time_ids::take(&emulator.database, Purpose::Passwordless, code).await? || !is_right {
        return Err(StatusCode::NOT_FOUND.into());
    }
    if let Some(refused) = refused(emulator, &stored.user, login.application_id()).await? {
        return Ok(refused);
    }
    (login.authentication_type, login.state) = (AuthenticationType::Passwordless, started.details["state"].clone());
    proceed(emulator, headers, login, stored, trust_id).await
}

/// The application for which the code was created.
pub(super) fn application_of(started: &OneTimeId) -> Option<Uuid> {
    started.details["applicationId"].as_str()?.parse().ok()
}

/// The application, which must allow sign-ins without a password, and its tenant.
async fn application_and_tenant(emulator: &AppState, tenant: &TenantHeader, id: Option<Uuid>) -> Result<(Application, Tenant), Refusal> {
    let id = id.ok_or_else(|| Refusal::blank("applicationId"))?;
    let (Some(application), tenant) = tenant.resolve(emulator, Some(id)).await? else { return Err(StatusCode::NOT_FOUND.into()) };
    if !application.allows_passwordless() {
        return Err(Errors::general("[PasswordlessDisabled]", "The application's passwordlessConfiguration.enabled is false.").into());
    }
    Ok((application, tenant))
}

/// Whether users of the application type a short code, which the message has besides the link's code.
pub(super) fn types_code(application: &Application, is_sms: bool) -> bool {
    let strategy = if is_sms { "phoneLoginStrategy" } else { "emailLoginStrategy" };
    application.passwordless_configuration.as_ref().is_some_and(|it| it[strategy] == "FormField")
}

async fn issue(
    emulator: &AppState,
    application: &Application,
    tenant: &Tenant,
    user: &User,
    (number, strategy): (Option<&str>, Option<VerificationStrategy>),
    state: Option<Value>,
) -> Result<Codes, Refusal> {
    let types = strategy.map_or_else(|| types_code(application, number.is_some()), |it| it == VerificationStrategy::FormField);
    let code = OpaqueToken::generate(&emulator.random);
    let one_time_code = types.then(|| OpaqueToken::generate_code(&emulator.random));
    let seconds = tenant.external_identifier_configuration.passwordless_login_time_to_live_in_seconds;
    let details = json!({"applicationId": application.id, "phoneNumber": number, "state": state});
    let mut connection = emulator.database.acquire().await?;
    one_time_ids::store(emulator, &mut connection, &code, Purpose::Passwordless, user.id, seconds, one_time_code.as_ref(), details).await?;
    Ok(Codes { code, one_time_code })
}
