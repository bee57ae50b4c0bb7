//! `/api/user/registration` (<https://fusionauth.io/docs/apis/registrations>). `POST`, with and without a user id, registers a user for an
//! application, and creates the user if the body contains one. `PUT` and `PATCH` change a registration. `GET` and `DELETE` show and
//! delete the registration of the user and application in the path.

use crate::database;
use crate::database::refresh_tokens::Selection;
use crate::domain::registrations::{NewRegistration, Registered};
use crate::domain::sessions::{AuthenticationType, Session, Subject};
use crate::domain::{Refusal, events, signing_keys, users};
use crate::http::{Answer, AnswerUnread, Authorized, ExistingId, JsonBody, NewId, Patch, Routes, TenantHeader, application, empty, json};
use crate::model::{Registration, User};
use crate::state::{AppState, OpaqueToken};
use axum::Extension;
use axum::extract::{Path, RawPathParams};
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/user/registration", post(register))
        .route("/api/user/registration/{userId}", post(register).put(replace).patch(change))
        .route("/api/user/registration/{userId}/{applicationId}", get(retrieve).put(replace).patch(change).delete(delete))
}

/// This type has no `Debug`, because it contains a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    registration: Registration,
    #[serde(default)]
    send_set_password_email: bool,
    #[serde(default)]
    skip_registration_verification: bool,
    #[serde(default)]
    skip_verification: bool,
    user: Option<User>,
    #[serde(default)]
    disable_domain_block: bool,
    #[serde(default)]
    generate_authentication_token: bool,
}

async fn register(
    Authorized(emulator): Authorized,
    existing: Result<ExistingId, Refusal>,
    NewId(id): NewId,
    tenant: TenantHeader,
    unread: Option<Extension<AnswerUnread>>,
    JsonBody(body): JsonBody<Body>,
) -> Answer {
    if existing.is_err() && body.user.is_none() {
        return Err(Refusal::field("missing", "user", "Without a user id in the path, the body needs a user."));
    }
    let application = application(&emulator, "registration.applicationId", body.registration.application_id).await?;
    let (_, tenant) = tenant.resolve(&emulator, Some(application.id)).await?;
    let new = NewRegistration {
        tenant: &tenant,
        application: &application,
        user_id: id,
        new_user: body.user,
        registration: body.registration,
        generate_authentication_token: body.generate_authentication_token,
        disable_domain_block: body.disable_domain_block,
        send_set_password_email: body.send_set_password_email,
        skip_registration_verification: body.skip_registration_verification,
        skip_verification: body.skip_verification,
    };
    // The key comes first, so that a user who was created gets a token.
    let key = match unread {
        None => Some(signing_keys::for_application(&emulator, &tenant, Some(&application)).await?),
        Some(Extension(AnswerUnread)) => None,
    };
    let Registered { user, registration, registrations, verification } = new.create(&emulator).await?;
    let subject = Subject { tenant: &tenant, application: Some(&application), user: &user, registration: Some(&registration) };
    let (authentication_type, auth_time) = (AuthenticationType::Registration, emulator.clock.now_ms().div_euclid(1_000));
    let claims = Session { authentication_type, auth_time, id: None, grants: &[], scope: None };
    let seconds = subject.jwt_configuration().time_to_live_in_seconds;
    let access_token = key.map(|key| subject.access_token(&emulator, &key, claims, seconds)).transpose()?;
    let answer = json!({
        "registration": registration.to_json(),
        "registrationVerificationId": verification.as_ref().map(|it| it.id.expose()),
        "registrationVerificationOneTimeCode": verification.as_ref().and_then(|it| it.code.as_ref()).map(OpaqueToken::expose),
        "token": access_token.as_ref().map(|it| &it.text),
        "tokenExpirationInstant": access_token.as_ref().map(|it| it.expiration_instant),
        "user": user.to_json(&registrations),
    });
    Ok(json(StatusCode::OK, &answer))
}

async fn retrieve(Authorized(emulator): Authorized, Path((user, application)): Path<(String, String)>) -> Answer {
    let registration = find(&emulator.database, uuid(&user)?, uuid(&application)?).await?;
    Ok(json(StatusCode::OK, &json!({"registration": registration.to_json()})))
}

/// Deletes a registration, and ends the user's sessions with the application.
async fn delete(Authorized(emulator): Authorized, Path((user, application)): Path<(String, String)>) -> Answer {
    let (user, application) = (uuid(&user)?, uuid(&application)?);
    let mut transaction = emulator.database.begin().await?;
    let deleted = find(&mut *transaction, user, application).await?;
    database::registrations::delete(&mut *transaction, user, application).await?;
    let details = json!({"applicationId": application, "registration": deleted.to_json()});
    let kinds = ["user.registration.delete", "user.registration.delete.complete"];
    events::notify(&emulator, &users::find(&mut *transaction, user).await?, &kinds, &details);
    events::revoke(&emulator, &mut *transaction, Selection::OfUserAndApplication(user, application)).await?;
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

async fn change(Authorized(emulator): Authorized, path: RawPathParams, patch: Patch) -> Answer {
    let generates = patch.has_flag("generateAuthenticationToken");
    let others = ["generateAuthenticationToken", "skipRegistrationVerification", "skipVerification", "sendSetPasswordEmail", "eventInfo"];
    let patch = patch.remove_members(&others);
    let (user, application) = in_path(&path)?;
    let application = application.or_else(|| patch.text(&["registration", "applicationId"])?.parse().ok());
    let application = application.ok_or_else(|| Refusal::blank("registration.applicationId"))?;
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, user, application).await?;
    let patched = patch.apply("registration", &current)?;
    let updated = update(&emulator, &mut transaction, user, &current, (patched, generates)).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({"registration": updated.to_json()})))
}

async fn replace(Authorized(emulator): Authorized, path: RawPathParams, JsonBody(body): JsonBody<Body>) -> Answer {
    let (user, application) = in_path(&path)?;
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, user, application.unwrap_or(body.registration.application_id)).await?;
    let updated = (body.registration, body.generate_authentication_token);
    let updated = update(&emulator, &mut transaction, user, &current, updated).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({"registration": updated.to_json()})))
}

async fn update(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    user: Uuid,
    current: &Registration,
    (mut updated, generates_token): (Registration, bool),
) -> Result<Registration, Refusal> {
    let application = database::applications::by_id(&mut *connection, current.application_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    users::check_roles(&application, "registration", &updated)?;
    (updated.id, updated.application_id, updated.insert_instant) = (current.id, current.application_id, current.insert_instant);
    (updated.verified, updated.verified_instant) = (current.verified, current.verified_instant);
    updated.last_login_instant = current.last_login_instant;
    users::set_authentication_token(emulator, &application, &mut updated, generates_token);
    updated.last_update_instant = emulator.clock.now_ms();
    database::registrations::update(&mut *connection, user, &updated).await?;
    let updated = find(&mut *connection, user, current.application_id).await?;
    let details = json!({"applicationId": updated.application_id, "original": current.to_json(), "registration": updated.to_json()});
    let kinds = ["user.registration.update", "user.registration.update.complete"];
    events::notify(emulator, &users::find(connection, user).await?, &kinds, &details);
    Ok(updated)
}

async fn find(database: impl SqliteExecutor<'_>, user: Uuid, application: Uuid) -> Result<Registration, Refusal> {
    let registrations = database::registrations::of_user(database, user).await?;
    Ok(registrations.into_iter().find(|it| it.application_id == application).ok_or(StatusCode::NOT_FOUND)?)
}

/// The ids of the user and of the application in the path. The application may be only in the body; the path takes precedence.
fn in_path(path: &RawPathParams) -> Result<(Uuid, Option<Uuid>), Refusal> {
    let mut ids = path.iter().map(|(_, it)| uuid(it));
    let user = ids.next().ok_or(StatusCode::NOT_FOUND)??;
    Ok((user, ids.next().transpose()?))
}

fn uuid(text: &str) -> Result<Uuid, Refusal> {
    Ok(text.parse().map_err(|_| StatusCode::NOT_FOUND)?)
}
