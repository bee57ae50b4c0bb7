//! Second factors in use (<https://fusionauth.io/docs/apis/two-factor>); `user_two_factor` sets them up.
//!
//! `POST /api/two-factor/start` asks a user for a second factor outside a login: the caller then sends the code to
//! `POST /api/two-factor/login`, which returns a trust token for one protected call. `POST /api/two-factor/send/{twoFactorId}` sends a code
//! by email or SMS, which `/emulator/mail` shows. Sending needs no API key, and invalidates earlier codes.
//!
//! `POST /api/two-factor/login` (<https://fusionauth.io/docs/apis/login/complete-mfa>): completes a login with the code of a second factor.
//! It needs no API key.
//!
//! `/api/two-factor/status` tells whether the user's next login will ask for a second factor (242) or not (200).

use super::login::{Login, Output, finish, needs_second_factor, refused};
use crate::database::{self, one_time_ids::Purpose};
use crate::domain::mail::{self, Context, To};
use crate::domain::{Refusal, events, one_time_ids, required, second_factor, users};
use crate::http::cookies::{self, Lifetime};
use crate::http::{Answer, Anyone, Authorized, JsonBody, Query, Routes, TenantHeader, empty, json, optional_application, status};
use crate::model::{Application, LoginIdType, Tenant, TwoFactorMethod};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/two-factor/start", post(start))
        .route("/api/two-factor/send/{id}", post(send))
        .route("/api/two-factor/login", post(login))
        .route("/api/two-factor/status", get(status_by_query).post(status_by_body))
        .route("/api/two-factor/status/{twoFactorTrustId}", get(status_by_query))
}

/// This type has no `Debug`, because it contains a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StartBody {
    application_id: Option<Uuid>,
    code: Option<String>,
    login_id: Option<String>,
    state: Option<Value>,
    trust_challenge: Option<String>,
    user_id: Option<Uuid>,
    login_id_types: Option<Vec<LoginIdType>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SendBody {
    application_id: Option<Uuid>,
    method_id: Option<String>,
}

async fn start(Authorized(emulator): Authorized, tenant: TenantHeader, JsonBody(body): JsonBody<StartBody>) -> Answer {
    let (_, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let user = match body.user_id {
        Some(id) => users::find(&emulator.database, id).await?,
        None => {
            let login_id = required("userId", body.login_id)?;
            let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, body.login_id_types.as_deref()).await?;
            stored.ok_or(StatusCode::NOT_FOUND)?.user
        }
    };
    let code = body.code.filter(|it| !it.is_empty());
    let code = code.map_or_else(|| OpaqueToken::generate_code(&emulator.random), OpaqueToken::from_request);
    let id = OpaqueToken::generate(&emulator.random);
    let seconds = tenant.external_identifier_configuration.two_factor_id_time_to_live_in_seconds;
    let details = json!({"state": body.state, "trustChallenge": body.trust_challenge});
    let mut connection = emulator.database.acquire().await?;
    one_time_ids::store(&emulator, &mut connection, &id, Purpose::TwoFactor, user.id, seconds, Some(&code), details).await?;
    let methods: Vec<Value> = user.two_factor.methods.iter().map(TwoFactorMethod::to_json).collect();
    Ok(json(StatusCode::OK, &json!({"code": code.expose(), "methods": methods, "twoFactorId": id.expose()})))
}

async fn send(Anyone(emulator): Anyone, Path(id): Path<String>, tenant: TenantHeader, JsonBody(body): JsonBody<SendBody>) -> Answer {
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let method_id = required("methodId", body.method_id)?;
    send_code(&emulator, &tenant, application.as_ref(), &OpaqueToken::from_request(id), method_id).await?;
    Ok(empty(StatusCode::OK))
}

/// Sends a code, by the user's method `method_id`, for the login or other request with the two-factor id `id`.
pub(super) async fn send_code(
    emulator: &AppState,
    tenant: &Tenant,
    application: Option<&Application>,
    id: &OpaqueToken,
    method_id: String,
) -> Result<(), Refusal> {
    let challenge = one_time_ids::find(emulator, &emulator.database, Purpose::TwoFactor, id).await?;
    let user = users::find(&emulator.database, challenge.user_id).await?;
    let method = user.two_factor.methods.iter().find(|it| it.id == method_id);
    let method = method.ok_or_else(|| Refusal::field("invalid", "methodId", "The user has no such method."))?;
    if !tenant.multi_factor_configuration.allows(&method.method) {
        return Err(Refusal::field("invalid", "methodId", "The tenant has this kind of second factor off."));
    }
    let to = match method.method.as_str() {
        "email" => To::Email(method.email.as_deref().unwrap_or_default()),
        "sms" => To::Phone(method.mobile_phone.as_deref().unwrap_or_default()),
        _ => return Err(Refusal::field("invalid", "methodId", "An authenticator app shows its own codes, so none is sent.")),
    };
    let code = OpaqueToken::generate_code(&emulator.random);
    let seconds = tenant.external_identifier_configuration.two_factor_one_time_code_id_time_to_live_in_seconds;
    let expiry_ms = emulator.clock.now_ms().saturating_add(seconds.saturating_mul(1_000));
    database::one_time_ids::set_code(&emulator.database, id, &code, expiry_ms, Some(&method.method)).await?;
    let values = BTreeMap::from([("code".to_owned(), code.expose().to_owned())]);
    mail::send(emulator, Topic::TwoFactorCode, to, Context { tenant, application, user: Some(&user), values, state: None }).await
}

/// This type has no `Debug`, because it contains a one-time id and a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct LoginBody {
    application_id: Option<Uuid>,
    code: Option<String>,
    meta_data: Option<Value>,
    #[serde(rename = "noJWT")]
    no_jwt: bool,
    trust_computer: bool,
    two_factor_id: Option<String>,
    _ip_address: Option<String>,
    _new_device: Option<bool>,
    _user_id: Option<Uuid>,
}

async fn login(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<LoginBody>) -> Answer {
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
    let challenge = one_time_ids::find(emulator, &emulator.database, Purpose::TwoFactor, id).await?;
    let stored = database::users::stored_by_id(&emulator.database, challenge.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = &stored.user;
    if let Some(refused) = refused(emulator, user, login.application_id()).await? {
        return Ok(refused);
    }
    let mut transaction = emulator.database.begin().await?;
    // `take` succeeds for only one of several callers with the same id. A wrong code rolls the transaction back, so the id stays valid.
    one_time_ids::take(&mut *transaction, Purpose::TwoFactor, id).await?;
    let method = if challenge.accepts(code, emulator.clock.now_ms()) {
        challenge.details["method"].as_str()
    } else if second_factor::is_shown_by_app(emulator, user, code) {
        Some("authenticator")
    } else if database::users::take_recovery_code(&mut *transaction, user.id, code).await? {
        Some("recoveryCode")
    } else {
        let method = challenge.details["method"].as_str().unwrap_or("authenticator");
        events::notify(emulator, user, &["user.two-factor.failed-attempt"], &event_details(&login, Some(method)));
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    };
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
    events::notify(emulator, user, &["user.two-factor.success"], &event_details(&login, method));
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

/// The members of an event about a code. `None` if the caller of `start` has chosen the code.
fn event_details(login: &Login, method: Option<&str>) -> Value {
    let message_type = (method == Some("sms")).then_some("SMS");
    json!({"applicationId": login.application_id(), "messageType": message_type, "method": method})
}

/// This type has no `Debug`, because it contains a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    two_factor_trust_id: Option<String>,
    user_id: Option<String>,
    /// The application whose policy applies. The emulator trusts a device for every application of the tenant.
    application_id: Option<String>,
    _access_token: Option<String>,
    _action: Option<String>,
}

async fn status_by_query(Authorized(emulator): Authorized, path: Option<Path<String>>, Query(query): Query<Parameters>) -> Answer {
    let two_factor_trust_id = path.map(|Path(it)| it).or(query.two_factor_trust_id);
    answer_status(&emulator, Parameters { two_factor_trust_id, ..query }).await
}

async fn status_by_body(Authorized(emulator): Authorized, JsonBody(body): JsonBody<Parameters>) -> Answer {
    answer_status(&emulator, body).await
}

async fn answer_status(emulator: &AppState, asked: Parameters) -> Answer {
    let unknown = || Refusal::field("invalid", "userId", "There is no user with this id.");
    let id = required("userId", asked.user_id)?.parse::<Uuid>().map_err(|_| unknown())?;
    let user = database::users::by_id(&emulator.database, id).await?.ok_or_else(unknown)?;
    let tenant = database::tenants::by_id(&emulator.database, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let unknown = |_| Refusal::field("invalid", "applicationId", "There is no application with this id.");
    let application = asked.application_id.filter(|it| !it.is_empty()).map(|it| it.parse().map_err(unknown)).transpose()?;
    let application = optional_application(emulator, application).await?;
    let trust_id = asked.two_factor_trust_id.filter(|it| !it.is_empty());
    // The trust id in the request stands for the user's browser, so the cookies of the caller's request are ignored.
    let is_needed = needs_second_factor(emulator, &HeaderMap::new(), &tenant, application.as_ref(), &user, trust_id.clone()).await?;
    let mut body = json!({"trusts": [], "twoFactorTrustId": trust_id});
    if let Some(trust_id) = trust_id {
        let (id, now) = (OpaqueToken::from_request(trust_id), emulator.clock.now_ms());
        let trust = database::one_time_ids::find(&emulator.database, Purpose::TwoFactorTrust, &id, now).await?;
        if let Some(trust) = trust.filter(|it| it.user_id == user.id) {
            let seconds = tenant.external_identifier_configuration.two_factor_trust_id_time_to_live_in_seconds;
            let start = trust.expiry_ms.saturating_sub(seconds.saturating_mul(1_000));
            body["trusts"] = json!([{"expiration": trust.expiry_ms, "startInstant": start}]);
        }
    }
    Ok(json(if is_needed { status(242) } else { StatusCode::OK }, &body))
}
