//! `/api/user/verify-email` (<https://fusionauth.io/docs/apis/users/verify-email>) and `/api/user/verify-registration`
//! (<https://fusionauth.io/docs/apis/registrations>). `POST` verifies the email or registration, with the id in the body or, from
//! older clients, in the path. `PUT` sends the message again.

use crate::database::{self, one_time_ids::Purpose};
use crate::domain::verification::Verification;
use crate::domain::{Refusal, events, mail, one_time_ids, required, users};
use crate::http::{Answer, Anyone, JsonBody, Query, RequestTenant, Routes, TenantHeader, credentials, empty, json};
use crate::model::{Tenant, User};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/user/verify-email", post(verify_email).put(resend_email))
        .route("/api/user/verify-email/{id}", post(verify_email))
        .route("/api/user/verify-registration", post(verify_registration).put(resend_registration))
        .route("/api/user/verify-registration/{id}", post(verify_registration))
}

/// This type has no `Debug`, because it contains a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    one_time_code: Option<String>,
    verification_id: Option<String>,
    user_id: Option<Uuid>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    application_id: Option<String>,
    email: Option<String>,
    send_verify_email: Option<bool>,
    /// FusionAuth's client libraries and its OpenAPI document call this `sendVerifyPasswordEmail`.
    #[serde(alias = "sendVerifyPasswordEmail")]
    send_verify_registration_email: Option<bool>,
}

async fn verify_email(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    id: Option<Path<String>>,
    RequestTenant(tenant): RequestTenant,
    JsonBody(body): JsonBody<Body>,
) -> Answer {
    if !tenant.email_configuration.verify_email {
        return Err(StatusCode::FORBIDDEN.into());
    }
    if body.user_id.is_some() && !credentials::has_api_key(&emulator, &headers).await? {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    match body.user_id {
        Some(id) => {
            let mut transaction = emulator.database.begin().await?;
            let user = set_verified(&emulator, &mut transaction, id).await?;
            transaction.commit().await?;
            announce(&emulator, &tenant, &user).await?;
        }
        None => verify(&emulator, Purpose::EmailVerification, id_of(id, body.verification_id)?, body.one_time_code).await?,
    }
    Ok(empty(StatusCode::OK))
}

async fn resend_email(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, Query(query): Query<Parameters>) -> Answer {
    let id = query.application_id.filter(|it| !it.is_empty());
    let id = id.map(|it| it.parse().map_err(|_| Refusal::field("couldNotConvert", "applicationId", "This is not a UUID."))).transpose()?;
    // The application is needed only for the template of the message.
    let (application, tenant) = tenant.resolve(&emulator, id).await?;
    if !tenant.email_configuration.verify_email {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let has_key = credentials::has_api_key(&emulator, &headers).await?;
    let email = required("email", query.email)?;
    let user = database::users::by_login_id(&emulator.database, tenant.id, &email, None).await?.ok_or(StatusCode::NOT_FOUND)?.user;
    let mut transaction = emulator.database.begin().await?;
    let verification = Verification::issue(&emulator, &mut transaction, &tenant, None, &user).await?;
    transaction.commit().await?;
    if !has_key || query.send_verify_email != Some(false) {
        verification.send(&emulator, &tenant, application.as_ref(), &user).await?;
    }
    Ok(if has_key { json(StatusCode::OK, &verification.to_json()) } else { empty(StatusCode::OK) })
}

async fn verify_registration(Anyone(emulator): Anyone, id: Option<Path<String>>, JsonBody(body): JsonBody<Body>) -> Answer {
    let id = id_of(id, body.verification_id)?;
    verify(&emulator, Purpose::RegistrationVerification, id, body.one_time_code).await?;
    Ok(empty(StatusCode::OK))
}

/// Verifies the email or the registration for which this id was issued.
pub(super) async fn verify(emulator: &AppState, purpose: Purpose, id: OpaqueToken, one_time_code: Option<String>) -> Result<(), Refusal> {
    let mut transaction = emulator.database.begin().await?;
    let (user, details) = take(emulator, &mut transaction, purpose, &id, one_time_code).await?;
    if purpose == Purpose::EmailVerification {
        let user = set_verified(emulator, &mut transaction, user).await?;
        let tenant = database::tenants::by_id(&mut *transaction, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
        transaction.commit().await?;
        return announce(emulator, &tenant, &user).await;
    }
    let registrations = database::registrations::of_user(&mut *transaction, user).await?;
    let registration = registrations.into_iter().find(|it| details["applicationId"] == it.application_id.to_string());
    let mut registration = registration.ok_or(StatusCode::NOT_FOUND)?;
    let now = emulator.clock.now_ms();
    (registration.verified, registration.verified_instant, registration.last_update_instant) = (true, Some(now), now);
    database::registrations::update(&mut *transaction, user, &registration).await?;
    let user = users::find(&mut *transaction, user).await?;
    transaction.commit().await?;
    let details = json!({"applicationId": registration.application_id, "registration": registration.to_json()});
    events::notify(emulator, &user, &["user.registration.verified"], &details);
    Ok(())
}

async fn set_verified(emulator: &AppState, connection: &mut SqliteConnection, id: Uuid) -> Result<User, Refusal> {
    let mut user = users::find(&mut *connection, id).await?;
    user.verify(emulator.clock.now_ms());
    let _unchanged_names_are_unique = database::users::update(connection, &user).await?;
    Ok(user)
}

/// Notifies the webhooks and the user that the email is verified.
async fn announce(emulator: &AppState, tenant: &Tenant, user: &User) -> Result<(), Refusal> {
    events::of_verified_email(emulator, user);
    mail::notify(emulator, Topic::EmailVerified, tenant, None, user).await
}

async fn resend_registration(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    tenant: TenantHeader,
    Query(query): Query<Parameters>,
) -> Answer {
    let has_key = credentials::has_api_key(&emulator, &headers).await?;
    let id = required("applicationId", query.application_id)?;
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "applicationId", "This is not a UUID."))?;
    let (Some(application), tenant) = tenant.resolve(&emulator, Some(id)).await? else { return Err(StatusCode::NOT_FOUND.into()) };
    if !application.verify_registration {
        return Err(StatusCode::FORBIDDEN.into());
    }
    let email = required("email", query.email)?;
    let user = database::users::by_login_id(&emulator.database, tenant.id, &email, None).await?.ok_or(StatusCode::NOT_FOUND)?.user;
    let mut transaction = emulator.database.begin().await?;
    if !database::registrations::of_user(&mut *transaction, user.id).await?.iter().any(|it| it.application_id == application.id) {
        return Err(StatusCode::NOT_FOUND.into());
    }
    let verification = Verification::issue(&emulator, &mut transaction, &tenant, Some(&application), &user).await?;
    transaction.commit().await?;
    if !has_key || query.send_verify_registration_email != Some(false) {
        verification.send(&emulator, &tenant, Some(&application), &user).await?;
    }
    Ok(if has_key { json(StatusCode::OK, &verification.to_json()) } else { empty(StatusCode::OK) })
}

/// The id in the path or in the body.
fn id_of(path: Option<Path<String>>, body: Option<String>) -> Result<OpaqueToken, Refusal> {
    Ok(OpaqueToken::from_request(required("verificationId", path.map(|Path(it)| it).or(body))?))
}

/// Uses up a verification id, together with its code if it has one. Returns the id's user and details.
async fn take(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    purpose: Purpose,
    id: &OpaqueToken,
    one_time_code: Option<String>,
) -> Result<(Uuid, Value), Refusal> {
    let verification = one_time_ids::find(emulator, &mut *connection, purpose, id).await?;
    if verification.has_code() && !verification.accepts(&required("oneTimeCode", one_time_code)?, emulator.clock.now_ms()) {
        return Err(Refusal::field("invalid", "oneTimeCode", "This is not the code that was sent."));
    }
    one_time_ids::take(connection, purpose, id).await?;
    Ok((verification.user_id, verification.details))
}
