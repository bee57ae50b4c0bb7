//! `/api/user/change-password` (<https://fusionauth.io/docs/apis/users/change-password>): `POST` sets a new password, and `GET` tells
//! whether that needs a second factor. The caller sends an id from a mailed link or from a login's answer 203, or an access token, or an
//! API key and a `loginId`.

use crate::database::one_time_ids::{OneTimeId, Purpose};
use crate::database::users::StoredUser;
use crate::database::{self, refresh_tokens};
use crate::domain::{Refusal, events, mail, one_time_ids, password_change, password_hash, required};
use crate::http::{Answer, Anyone, JsonBody, Query, Routes, TenantHeader, cookies, credentials, empty, json};
use crate::model::{Application, LoginIdType, Tenant, User};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/user/change-password", get(check).post(change))
        .route("/api/user/change-password/{id}", get(check).post(change))
}

/// This type has no `Debug`, because it contains passwords.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    application_id: Option<Uuid>,
    change_password_id: Option<String>,
    current_password: Option<String>,
    login_id: Option<String>,
    password: Option<String>,
    refresh_token: Option<String>,
    trust_challenge: Option<String>,
    trust_token: Option<String>,
    login_id_types: Option<Vec<LoginIdType>>,
}

/// This type has no `Debug`, because it contains a one-time id.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    change_password_id: Option<String>,
    login_id: Option<String>,
    /// The name of `login_id` in older clients.
    username: Option<String>,
}

/// A change that has passed all checks except that of the trust token, which [`use_trust_token`] makes in the transaction.
struct Change {
    tenant: Tenant,
    /// The application whose templates apply to the message.
    application: Option<Application>,
    stored: StoredUser,
    /// The hash of the new password.
    new_hash: String,
    trust_challenge: Option<String>,
    trust_token: Option<String>,
}

async fn change(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    path: Option<Path<String>>,
    tenant: TenantHeader,
    JsonBody(mut body): JsonBody<Body>,
) -> Answer {
    let in_body = body.change_password_id.take().filter(|it| !it.is_empty());
    if let Some(id) = path.map(|Path(it)| it).or(in_body) {
        return Ok(json(StatusCode::OK, &changed_by_id(&emulator, id, body).await?));
    }
    if credentials::has_api_key(&emulator, &headers).await? {
        return change_by_login_id(&emulator, &tenant, body).await;
    }
    let Some(user) = credentials::user(&emulator, &headers).await? else {
        let is_unauthorized = credentials::access_token(&headers).is_some() || body.login_id.is_some();
        return Err(if is_unauthorized { StatusCode::UNAUTHORIZED.into() } else { Refusal::blank("changePasswordId") });
    };
    change_by_access_token(&emulator, &headers, user, body).await
}

/// Changes the password of the user who got this id. Returns a one-time password, with which the user can sign in once.
pub(super) async fn with_id(emulator: &AppState, id: String, password: Option<String>) -> Result<OpaqueToken, Refusal> {
    let body = changed_by_id(emulator, id, Body { password, ..Body::default() }).await?;
    Ok(OpaqueToken::from_request(body["oneTimePassword"].as_str().unwrap_or_default()))
}

async fn changed_by_id(emulator: &AppState, id: String, body: Body) -> Result<Value, Refusal> {
    let id = OpaqueToken::from_request(id);
    let one_time_id = one_time_ids::find(emulator, &emulator.database, Purpose::ChangePassword, &id).await?;
    let stored = database::users::stored_by_id(&emulator.database, one_time_id.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if body.current_password.is_some() {
        check_current(emulator, &stored, body.current_password.clone()).await?;
    }
    let of_id = one_time_id.details["applicationId"].as_str().and_then(|it| it.parse().ok());
    let change = prepare(emulator, stored, Body { application_id: body.application_id.or(of_id), ..body }).await?;
    let mut transaction = emulator.database.begin().await?;
    use_trust_token(emulator, &mut transaction, &change, &one_time_id.details).await?;
    one_time_ids::take(&mut *transaction, Purpose::ChangePassword, &id).await?;
    let details = json!({"state": one_time_id.details["state"], "refreshToken": true});
    let answer = apply(emulator, &mut transaction, &change, details).await?;
    verify_implicitly(emulator, &mut transaction, &change, &one_time_id.details).await?;
    events::of_user(emulator, &mut transaction, change.stored.user.id, &["user.password.reset.success"]).await?;
    transaction.commit().await?;
    change.notify(emulator, Topic::PasswordResetSuccess).await?;
    Ok(answer)
}

/// Verifies the user's email if the id was mailed there and the tenant allows that: "successful use of this identifier to change the User's
/// password will implicitly complete Email Verification" (<https://fusionauth.io/docs/apis/users/change-password>).
async fn verify_implicitly(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    change: &Change,
    details: &Value,
) -> Result<(), Refusal> {
    let email = &change.tenant.email_configuration;
    let Some(mut user) = database::users::by_id(&mut *connection, change.stored.user.id).await? else { return Ok(()) };
    let was_mailed = user.email.as_deref().is_some_and(|it| details["mailedTo"] == it);
    if was_mailed && email.verify_email && email.implicit_email_verification_allowed && !user.verified {
        user.verify(emulator.clock.now_ms());
        let _unchanged_names_are_unique = database::users::update(connection, &user).await?;
        events::of_verified_email(emulator, &user);
    }
    Ok(())
}

async fn change_by_access_token(emulator: &AppState, headers: &HeaderMap, user: Uuid, body: Body) -> Answer {
    let stored = database::users::stored_by_id(&emulator.database, user).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    check_current(emulator, &stored, body.current_password.clone()).await?;
    let token = cookies::get(headers, cookies::REFRESH_TOKEN).or(body.refresh_token.clone().filter(|it| !it.is_empty()));
    let change = prepare(emulator, stored, body).await?;
    let mut transaction = emulator.database.begin().await?;
    require_unchanged(&mut transaction, &change).await?;
    use_trust_token(emulator, &mut transaction, &change, &Value::Null).await?;
    let presented = match token {
        Some(token) => refresh_tokens::find(&mut *transaction, &OpaqueToken::from_request(token)).await?,
        None => None,
    };
    // A login with the one-time password issues a refresh token only if the caller had a session.
    let had_session = presented.is_some_and(|it| it.session().user_id == user);
    let answer = apply(emulator, &mut transaction, &change, json!({"refreshToken": had_session})).await?;
    transaction.commit().await?;
    change.notify(emulator, Topic::PasswordUpdate).await?;
    Ok(json(StatusCode::OK, &answer))
}

async fn change_by_login_id(emulator: &AppState, tenant: &TenantHeader, body: Body) -> Answer {
    let (_, tenant) = tenant.resolve(emulator, body.application_id).await?;
    let login_id = required("loginId", body.login_id.clone())?;
    let stored = database::users::by_login_id(&emulator.database, tenant.id, &login_id, body.login_id_types.as_deref()).await?;
    let stored = stored.ok_or(StatusCode::NOT_FOUND)?;
    let knows_current = body.current_password.is_some();
    if knows_current {
        check_current(emulator, &stored, body.current_password.clone()).await?;
    }
    let change = prepare(emulator, stored, body).await?;
    let mut transaction = emulator.database.begin().await?;
    if knows_current {
        require_unchanged(&mut transaction, &change).await?;
    }
    use_trust_token(emulator, &mut transaction, &change, &Value::Null).await?;
    password_change::apply(emulator, &mut transaction, &change.tenant, change.stored.user.id, &change.new_hash).await?;
    transaction.commit().await?;
    change.notify(emulator, Topic::PasswordUpdate).await?;
    Ok(empty(StatusCode::OK))
}

/// Checks and hashes the new password. Hashing takes a while, so this must happen before the transaction begins.
async fn prepare(emulator: &AppState, stored: StoredUser, body: Body) -> Result<Change, Refusal> {
    let tenant = database::tenants::by_id(&emulator.database, stored.user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let application = database::applications::by_id(&emulator.database, body.application_id).await?;
    let password = body.password.as_deref();
    let new_hash = password_change::check_and_hash(emulator, &tenant, &stored.user, "password", password).await?;
    Ok(Change { tenant, application, stored, new_hash, trust_challenge: body.trust_challenge, trust_token: body.trust_token })
}

impl Change {
    /// Tells the user about the change.
    async fn notify(&self, emulator: &AppState, topic: Topic) -> Result<(), Refusal> {
        mail::notify(emulator, topic, &self.tenant, self.application.as_ref(), &self.stored.user).await
    }
}

/// Changes the password. The answer has a one-time password, with which the client can sign the user in once.
async fn apply(emulator: &AppState, connection: &mut SqliteConnection, change: &Change, details: Value) -> Result<Value, Refusal> {
    let (id, state) = (change.stored.user.id, details["state"].clone());
    password_change::apply(emulator, &mut *connection, &change.tenant, id, &change.new_hash).await?;
    let seconds = change.tenant.external_identifier_configuration.one_time_password_time_to_live_in_seconds;
    let purpose = Purpose::OneTimePassword;
    let token = one_time_ids::issue(emulator, connection, purpose, id, seconds, details).await?;
    Ok(json!({"oneTimePassword": token.expose(), "state": state}))
}

async fn check(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    path: Option<Path<String>>,
    tenant: TenantHeader,
    Query(query): Query<Parameters>,
) -> Answer {
    if let Some(id) = path.map(|Path(it)| it).or(query.change_password_id) {
        check_of_id(&emulator, &OpaqueToken::from_request(id)).await?;
        return Ok(empty(StatusCode::OK));
    }
    let user = if credentials::has_api_key(&emulator, &headers).await? {
        let (_, tenant) = tenant.resolve(&emulator, None).await?;
        let login_id = required("loginId", query.login_id.or(query.username))?;
        database::users::by_login_id(&emulator.database, tenant.id, &login_id, None).await?.ok_or(StatusCode::NOT_FOUND)?.user
    } else {
        let id = credentials::user(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
        database::users::by_id(&emulator.database, id).await?.ok_or(StatusCode::UNAUTHORIZED)?
    };
    if needs_trust_token(&user, &Value::Null) { Err(trust_token_required()) } else { Ok(empty(StatusCode::OK)) }
}

/// Refuses an unknown id, and an id with which the user can't change the password without the second factor.
pub(super) async fn check_of_id(emulator: &AppState, id: &OpaqueToken) -> Result<(), Refusal> {
    let one_time_id = one_time_ids::find(emulator, &emulator.database, Purpose::ChangePassword, id).await?;
    let user = database::users::by_id(&emulator.database, one_time_id.user_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if needs_trust_token(&user, &one_time_id.details) { Err(trust_token_required()) } else { Ok(()) }
}

async fn check_current(emulator: &AppState, stored: &StoredUser, password: Option<String>) -> Result<(), Refusal> {
    let password = required("currentPassword", password)?;
    if password_hash::verify_login(password, stored.password_hash.as_deref(), &emulator.hash_counts).await? {
        Ok(())
    } else {
        Err(wrong_current_password())
    }
}

/// Refuses a change if another change has replaced the password since this change was checked.
async fn require_unchanged(connection: &mut SqliteConnection, change: &Change) -> Result<(), Refusal> {
    let current = database::users::password_hash(connection, change.stored.user.id).await?;
    if current == change.stored.password_hash { Ok(()) } else { Err(wrong_current_password()) }
}

fn wrong_current_password() -> Refusal {
    Refusal::field("notEqual", "currentPassword", "This is not the current password.")
}

/// Whether the change needs a trust token, whatever the caller's credentials: the user has a second factor, and did not pass it before the id was issued (`trusted`).
fn needs_trust_token(user: &User, details: &Value) -> bool {
    !user.two_factor.methods.is_empty() && details["trusted"] != true
}

fn trust_token_required() -> Refusal {
    Errors::general("[TrustTokenRequired]", "Show the second factor first, and send the trustToken.").into()
}

/// Uses up the trust token, if the change needs one.
async fn use_trust_token(emulator: &AppState, connection: &mut SqliteConnection, change: &Change, details: &Value) -> Result<(), Refusal> {
    let user = &change.stored.user;
    if !needs_trust_token(user, details) {
        return Ok(());
    }
    let token = change.trust_token.as_deref().filter(|it| !it.is_empty()).ok_or_else(trust_token_required)?;
    let (purpose, token, now) = (Purpose::TrustToken, OpaqueToken::from_request(token), emulator.clock.now_ms());
    let one_time_id = database::one_time_ids::find(&mut *connection, purpose, &token, now).await?;
    let matches = |it: &OneTimeId| it.user_id == user.id && it.details["trustChallenge"].as_str() == change.trust_challenge.as_deref();
    if !one_time_id.as_ref().is_some_and(matches) || !database::one_time_ids::take(connection, purpose, &token).await? {
        return Err(trust_token_required());
    }
    Ok(())
}
