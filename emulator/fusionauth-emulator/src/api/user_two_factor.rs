//! Enables and disables second factors (<https://fusionauth.io/docs/apis/two-factor>), with an API key or the user's access token:
//! `/api/two-factor/secret`, `/api/two-factor/send`, `/api/user/two-factor`, which needs the user's id only with an API key, and the recovery
//! codes.

use crate::database;
use crate::database::one_time_ids::Purpose;
use crate::database::refresh_tokens::Selection;
use crate::domain::mail::{self, Context, To};
use crate::domain::{Refusal, events, one_time_ids, required, second_factor, users};
use crate::http::{Answer, Anyone, ExistingId, JsonBody, Query, Routes, TenantHeader, credentials, empty, json, optional_application};
use crate::model::{Tenant, TwoFactorMethod, User};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/two-factor/secret", get(secret))
        .route("/api/two-factor/send", post(send))
        .route("/api/user/two-factor", post(enable).delete(disable))
        .route("/api/user/two-factor/{userId}", post(enable).delete(disable))
        .route("/api/user/two-factor/recovery-code/{userId}", get(recovery_codes).post(new_recovery_codes))
}

/// This type has no `Debug`, because it contains a secret.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    code: Option<String>,
    email: Option<String>,
    method: Option<String>,
    method_id: Option<String>,
    mobile_phone: Option<String>,
    name: Option<String>,
    secret: Option<String>,
    secret_base32_encoded: Option<String>,
    two_factor_id: Option<String>,
    user_id: Option<Uuid>,
    application_id: Option<Uuid>,
    _authenticator_id: Option<String>,
}

/// This type has no `Debug`, because it contains a code.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    code: String,
    method_id: String,
}

async fn secret(Anyone(emulator): Anyone, headers: HeaderMap) -> Answer {
    if !credentials::has_api_key(&emulator, &headers).await? && credentials::user(&emulator, &headers).await?.is_none() {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    // RFC 4226 section 4 recommends 160 bits.
    let secret: [u8; 20] = emulator.random.bytes();
    let encoded = second_factor::to_base32(&secret);
    Ok(json(StatusCode::OK, &json!({"secret": STANDARD.encode(secret), "secretBase32Encoded": encoded})))
}

async fn send(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let id = match body.user_id.filter(|_| credentials::access_token(&headers).is_none()) {
        Some(id) => id,
        None => credentials::user(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?,
    };
    require_authority(&emulator, &headers, id).await?;
    let user = users::find(&emulator.database, id).await?;
    let method = body.method.unwrap_or_default();
    let to = match method.as_str() {
        "email" => required("email", body.email.or(user.email.clone()))?,
        "sms" => required("mobilePhone", body.mobile_phone)?,
        _ => return Err(Refusal::field("invalid", "method", "expected email or sms.")),
    };
    check_method(&tenant, &method)?;
    let seconds = tenant.external_identifier_configuration.two_factor_one_time_code_id_time_to_live_in_seconds;
    let code = OpaqueToken::generate_code(&emulator.random);
    let (purpose, id) = (Purpose::EnableTwoFactor, code_of_user(user.id, code.expose()));
    let mut transaction = emulator.database.begin().await?;
    database::one_time_ids::delete_of_user(&mut *transaction, purpose, user.id).await?;
    one_time_ids::store(&emulator, &mut transaction, &id, purpose, user.id, seconds, None, json!({"to": to})).await?;
    transaction.commit().await?;
    let values = BTreeMap::from([("code".to_owned(), code.expose().to_owned())]);
    let context = Context { tenant: &tenant, application: application.as_ref(), user: Some(&user), values, state: None };
    let to = if method == "sms" { To::Phone(&to) } else { To::Email(&to) };
    mail::send(&emulator, Topic::TwoFactorCode, to, context).await?;
    Ok(empty(StatusCode::OK))
}

/// Refuses a kind of second factor that the tenant has off.
fn check_method(tenant: &Tenant, method: &str) -> Result<(), Refusal> {
    let refused = || Refusal::field("invalid", "method", "The tenant has this kind of second factor off.");
    tenant.multi_factor_configuration.allows(method).then_some(()).ok_or_else(refused)
}

async fn enable(Anyone(emulator): Anyone, headers: HeaderMap, path: Option<Path<String>>, JsonBody(body): JsonBody<Body>) -> Answer {
    let id = subject(&emulator, &headers, path.map(|Path(it)| it)).await?;
    let application = optional_application(&emulator, body.application_id).await?;
    let mut transaction = emulator.database.begin().await?;
    let mut user = users::find(&mut *transaction, id).await?;
    let tenant = database::tenants::by_id(&mut *transaction, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let code = required("code", body.code)?;
    let mut method = TwoFactorMethod { method: required("method", body.method)?, name: body.name, ..TwoFactorMethod::default() };
    let is_right = match method.method.as_str() {
        "authenticator" => {
            let secret = match (body.secret, body.secret_base32_encoded) {
                (Some(secret), _) => STANDARD.decode(secret).ok(),
                (None, Some(secret)) => second_factor::from_base32(&secret),
                (None, None) => return Err(Refusal::blank("secret")),
            };
            let secret = secret.filter(|it| !it.is_empty()).ok_or_else(|| Refusal::field("invalid", "secret", "expected base64."))?;
            method.secret = Some(STANDARD.encode(&secret));
            second_factor::is_totp(secret, &code, emulator.clock.now_ms())
        }
        "email" => {
            method.email = body.email.or(user.email.clone());
            take_sent_code(&emulator, &mut transaction, id, &code, method.email.as_deref()).await?
        }
        "sms" => {
            method.mobile_phone = body.mobile_phone;
            take_sent_code(&emulator, &mut transaction, id, &code, method.mobile_phone.as_deref()).await?
        }
        _ => return Err(Refusal::field("invalid", "method", "expected authenticator, email or sms.")),
    };
    check_method(&tenant, &method.method)?;
    if !is_right {
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    }
    let added = json!({"method": method.to_json()});
    user.two_factor.methods.push(method);
    if user.two_factor.recovery_codes.is_empty() {
        user.two_factor.recovery_codes = second_factor::recovery_codes(&emulator.random);
    }
    users::validate(&emulator, "user", &mut user)?;
    update(&emulator, &mut transaction, &mut user).await?;
    if tenant.jwt_configuration.refresh_token_revocation_policy.on_multi_factor_enable {
        events::revoke(&emulator, &mut *transaction, Selection::OfUser(user.id)).await?;
    }
    let login_code = match body.two_factor_id.filter(|it| !it.is_empty()) {
        Some(waiting) => Some(login_code(&emulator, &mut transaction, user.id, &OpaqueToken::from_request(waiting)).await?),
        None => None,
    };
    transaction.commit().await?;
    mail::notify(&emulator, Topic::TwoFactorMethodAdd, &tenant, application.as_ref(), &user).await?;
    events::notify(&emulator, &user, &["user.two-factor.method.add"], &added);
    let codes = &user.two_factor.recovery_codes;
    Ok(json(StatusCode::OK, &json!({"code": login_code.as_ref().map(OpaqueToken::expose), "recoveryCodes": codes})))
}

/// A code that completes the user's login that waits for a second factor, because the policy requires one of a user who had none.
async fn login_code(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    user: Uuid,
    waiting: &OpaqueToken,
) -> Result<OpaqueToken, Refusal> {
    let challenge = database::one_time_ids::find(&mut *connection, Purpose::TwoFactor, waiting, emulator.clock.now_ms()).await?;
    let unknown = || Refusal::field("invalid", "twoFactorId", "No login of this user waits for a second factor with this id.");
    let challenge = challenge.filter(|it| it.user_id == user).ok_or_else(unknown)?;
    let code = OpaqueToken::generate_code(&emulator.random);
    database::one_time_ids::set_code(connection, waiting, &code, challenge.expiry_ms, None).await?;
    Ok(code)
}

async fn disable(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    path: Option<Path<String>>,
    Query(query): Query<Parameters>,
    JsonBody(body): JsonBody<Body>,
) -> Answer {
    let id = subject(&emulator, &headers, path.map(|Path(it)| it)).await?;
    let application = optional_application(&emulator, body.application_id).await?;
    let (code, method_id) = (body.code.unwrap_or(query.code), body.method_id.unwrap_or(query.method_id));
    let mut transaction = emulator.database.begin().await?;
    let mut user = users::find(&mut *transaction, id).await?;
    if !user.two_factor.methods.iter().any(|it| it.id == method_id) {
        return Err(Refusal::field("invalid", "methodId", "The user has no such method."));
    }
    let removed = if user.two_factor.recovery_codes.contains(&code) {
        // A recovery code removes all methods, because a user who needs one has lost the other factors.
        user.two_factor.recovery_codes.clear();
        std::mem::take(&mut user.two_factor.methods)
    } else if second_factor::is_shown_by_app(&emulator, &user, &code)
        || take_sent_code(&emulator, &mut transaction, id, &code, None).await?
    {
        user.two_factor.methods.extract_if(.., |it| it.id == method_id).collect()
    } else {
        return Err(StatusCode::MISDIRECTED_REQUEST.into());
    };
    update(&emulator, &mut transaction, &mut user).await?;
    let tenant = database::tenants::by_id(&mut *transaction, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    transaction.commit().await?;
    mail::notify(&emulator, Topic::TwoFactorMethodRemove, &tenant, application.as_ref(), &user).await?;
    for method in removed {
        events::notify(&emulator, &user, &["user.two-factor.method.remove"], &json!({"method": method.to_json()}));
    }
    Ok(empty(StatusCode::OK))
}

async fn recovery_codes(Anyone(emulator): Anyone, headers: HeaderMap, ExistingId(id): ExistingId) -> Answer {
    require_authority(&emulator, &headers, id).await?;
    Ok(recovery_codes_of(&users::find(&emulator.database, id).await?))
}

async fn new_recovery_codes(Anyone(emulator): Anyone, headers: HeaderMap, ExistingId(id): ExistingId) -> Answer {
    require_authority(&emulator, &headers, id).await?;
    let mut transaction = emulator.database.begin().await?;
    let mut user = users::find(&mut *transaction, id).await?;
    user.two_factor.recovery_codes = second_factor::recovery_codes(&emulator.random);
    update(&emulator, &mut transaction, &mut user).await?;
    transaction.commit().await?;
    Ok(recovery_codes_of(&user))
}

fn recovery_codes_of(user: &User) -> Response {
    json(StatusCode::OK, &json!({"recoveryCodes": user.two_factor.recovery_codes}))
}

/// Uses up a code that was sent to the user, and to the email or phone number `to` if it is given. Returns `false` if the code is wrong.
async fn take_sent_code(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    user: Uuid,
    code: &str,
    to: Option<&str>,
) -> Result<bool, Refusal> {
    let (purpose, id, now) = (Purpose::EnableTwoFactor, code_of_user(user, code), emulator.clock.now_ms());
    let one_time_id = database::one_time_ids::find(&mut *connection, purpose, &id, now).await?;
    let is_right = one_time_id.is_some_and(|it| to.is_none_or(|to| it.details["to"] == to));
    Ok(is_right && database::one_time_ids::take(connection, purpose, &id).await?)
}

/// The id under which a code is stored. It contains the user's id, because two users may get the same six digits.
fn code_of_user(user: Uuid, code: &str) -> OpaqueToken {
    OpaqueToken::from_request(format!("{user} {code}"))
}

async fn update(emulator: &AppState, connection: &mut SqliteConnection, user: &mut User) -> Result<(), Refusal> {
    user.last_update_instant = emulator.clock.now_ms();
    let _unchanged_names_are_unique = database::users::update(connection, user).await?;
    Ok(())
}

/// The user in the path, for whom the caller has authority; without an id in the path, the user of the access token.
async fn subject(emulator: &AppState, headers: &HeaderMap, path: Option<String>) -> Result<Uuid, Refusal> {
    let Some(id) = path else { return Ok(credentials::user(emulator, headers).await?.ok_or(StatusCode::UNAUTHORIZED)?) };
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    require_authority(emulator, headers, id).await?;
    Ok(id)
}

/// Refuses a caller who has neither an API key nor the access token of this user.
async fn require_authority(emulator: &AppState, headers: &HeaderMap, user: Uuid) -> Result<(), Refusal> {
    if credentials::has_api_key(emulator, headers).await? || credentials::user(emulator, headers).await? == Some(user) {
        return Ok(());
    }
    Err(StatusCode::UNAUTHORIZED.into())
}
