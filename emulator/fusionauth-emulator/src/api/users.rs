//! `/api/user` (<https://fusionauth.io/docs/apis/users>). `POST` creates a user. With an API key, `GET` shows the user whom the path or the
//! query names. With an access token, `GET` shows the token's user, whatever the query says. `PUT` and `PATCH` change a user. `DELETE`
//! locks the account, and with `hardDelete=true` deletes it; `PUT` with `reactivate=true` unlocks it.

use crate::database::one_time_ids::{self, Purpose};
use crate::database::refresh_tokens::Selection;
use crate::database::{self, Written};
use crate::domain::events;
use crate::domain::{Refusal, all_of, mail, password_change, password_hash, required, users};
use crate::http::{Answer, Anyone, Authorized, ExistingId, JsonBody, NewId, Patch, Query, Routes, TenantHeader, credentials, empty, json};
use crate::model::{LoginIdType, Registration, User};
use crate::state::{AppState, OpaqueToken, Topic};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    let by_id = get(retrieve_by_id).post(create).patch(change).put(replace).delete(delete);
    Routes::new().route("/api/user", get(retrieve).post(create)).route("/api/user/{userId}", by_id)
}

/// This type has no `Debug`, because it contains a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    send_set_password_email: bool,
    #[serde(default)]
    skip_verification: bool,
    user: User,
    application_id: Option<Uuid>,
    #[serde(default)]
    disable_domain_block: bool,
}

/// This type has no `Debug`, because it contains a password.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PutBody {
    user: Option<User>,
    #[serde(default)]
    disable_domain_block: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DeleteBody {
    hard_delete: bool,
}

/// This type has no `Debug`, because it contains one-time ids.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    change_password_id: Option<String>,
    email: Option<String>,
    hard_delete: bool,
    login_id: Option<String>,
    reactivate: bool,
    user_id: Option<String>,
    username: Option<String>,
    verification_id: Option<String>,
}

async fn create(Authorized(emulator): Authorized, NewId(id): NewId, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let mut user = body.user;
    let password = if body.send_set_password_email { Ok(()) } else { users::check_password(&tenant, "user", &user) };
    let domain = if body.disable_domain_block { Ok(()) } else { users::check_domain(&tenant, &user) };
    all_of([domain, users::validate(&emulator, "user", &mut user), password.map_err(Refusal::from)])?;
    user.id = id;
    // Only an import may create a user who is locked or already verified.
    user.active = true;
    user.set_verified(&tenant, body.skip_verification);
    let hash = password_hash::hash_if_any(user.password.take(), &emulator.random, &emulator.hash_counts).await?;
    let mut transaction = emulator.database.begin().await?;
    let user = users::create(&emulator, &mut transaction, &tenant, user, hash.as_deref()).await?;
    let messages = users::WelcomeMessages::issue(&emulator, &mut transaction, &tenant, &user, body.send_set_password_email).await?;
    transaction.commit().await?;
    messages.send(&emulator, &tenant, application.as_ref(), &user).await?;
    Ok(answer(&user, &[]))
}

async fn retrieve(
    Anyone(emulator): Anyone,
    headers: HeaderMap,
    tenant: TenantHeader,
    Query(query): Query<Parameters>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    if credentials::has_api_key(&emulator, &headers).await? {
        let types: Vec<LoginIdType> = pairs
            .into_iter()
            .filter(|(name, _)| name == "loginIdTypes")
            .filter_map(|(_, it)| serde_json::from_value(json!(it)).ok())
            .collect();
        let user = named(&emulator, &tenant, query, Some(types).filter(|it| !it.is_empty())).await?.ok_or(StatusCode::NOT_FOUND)?;
        return answer_with_registrations(&emulator, &user).await;
    }
    let id = credentials::user(&emulator, &headers).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    // The access token of a deleted user stays valid until it expires, but the user does not exist.
    let user = database::users::by_id(&emulator.database, id).await?.ok_or(StatusCode::UNAUTHORIZED)?;
    answer_with_registrations(&emulator, &user).await
}

async fn retrieve_by_id(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    answer_with_registrations(&emulator, &users::find(&emulator.database, id).await?).await
}

/// The user whom the query names by a user id, a one-time id or a login id.
async fn named(
    emulator: &AppState,
    tenant: &TenantHeader,
    query: Parameters,
    types: Option<Vec<LoginIdType>>,
) -> Result<Option<User>, Refusal> {
    let (pool, now) = (&emulator.database, emulator.clock.now_ms());
    let owner = async |purpose: Purpose, id: String| {
        let stored = one_time_ids::find(pool, purpose, &OpaqueToken::from_request(id), now).await?;
        Ok::<_, Refusal>(stored.map(|it| it.user_id))
    };
    let id = match query {
        Parameters { user_id: Some(id), .. } => id.parse().ok(),
        Parameters { change_password_id: Some(id), .. } => owner(Purpose::ChangePassword, id).await?,
        Parameters { verification_id: Some(id), .. } => owner(Purpose::EmailVerification, id).await?,
        Parameters { login_id, email, username, .. } => {
            let login_id = required("userId", login_id.or(email).or(username))?;
            let (_, tenant) = tenant.resolve(emulator, None).await?;
            return Ok(database::users::by_login_id(pool, tenant.id, &login_id, types.as_deref()).await?.map(|it| it.user));
        }
    };
    Ok(database::users::by_id(pool, id).await?)
}

async fn change(Authorized(emulator): Authorized, ExistingId(id): ExistingId, patch: Patch) -> Answer {
    let allows_domain = patch.has_flag("disableDomainBlock");
    let patch = patch.remove_members(&["applicationId", "disableDomainBlock", "eventInfo", "skipVerification", "sendSetPasswordEmail"]);
    let password = patch.text(&["user", "password"]).map(str::to_owned);
    update(&emulator, id, password, allows_domain, |current| patch.apply("user", current)).await
}

/// Replaces the members that the request may set. It keeps the second factors, for which there are other endpoints.
async fn replace(
    Authorized(emulator): Authorized,
    ExistingId(id): ExistingId,
    Query(query): Query<Parameters>,
    JsonBody(body): JsonBody<PutBody>,
) -> Answer {
    if query.reactivate {
        let user = set_active(&emulator, id, true).await?;
        return answer_with_registrations(&emulator, &user).await;
    }
    let mut replaced = body.user.ok_or_else(|| Refusal::field("missing", "user", "This member is required."))?;
    let password = replaced.password.take().filter(|it| !it.is_empty());
    update(&emulator, id, password, body.disable_domain_block, |current| {
        replaced.two_factor = current.two_factor.clone();
        (replaced.last_login_instant, replaced.password_last_update_instant) =
            (current.last_login_instant, current.password_last_update_instant);
        Ok(replaced)
    })
    .await
}

/// Changes a user, and the password if there is a new one. `allows_domain` allows an email in a domain that the tenant blocks.
async fn update(
    emulator: &AppState,
    id: Uuid,
    password: Option<String>,
    allows_domain: bool,
    changed: impl FnOnce(&User) -> Result<User, Refusal> + Send,
) -> Answer {
    let current = users::find(&emulator.database, id).await?;
    let tenant = database::tenants::by_id(&emulator.database, current.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let hash = match password {
        Some(password) => Some(password_change::check_and_hash(emulator, &tenant, &current, "user.password", Some(&password)).await?),
        None => None,
    };
    let mut transaction = emulator.database.begin().await?;
    let current = users::find(&mut *transaction, id).await?;
    let mut updated = changed(&current)?;
    (updated.id, updated.tenant_id, updated.insert_instant) = (current.id, current.tenant_id, current.insert_instant);
    // Other endpoints lock and verify users, as in FusionAuth.
    (updated.active, updated.verified, updated.verified_instant) = (current.active, current.verified, current.verified_instant);
    updated.email_unverified_reason = current.email_unverified_reason;
    updated.last_update_instant = emulator.clock.now_ms();
    users::validate(emulator, "user", &mut updated)?;
    if !allows_domain && updated.email != current.email {
        users::check_domain(&tenant, &updated)?;
    }
    let Written::Yes = database::users::update(&mut *transaction, &updated).await? else {
        return Err(users::duplicate(emulator, &mut transaction, "user", &updated, "user.loginId.duplicate.update").await?);
    };
    events::notify(emulator, &updated, &["user.update", "user.update.complete"], &json!({"original": current.to_json(&[])}));
    if updated.email != current.email {
        events::notify(emulator, &updated, &["user.email.update"], &json!({"previousEmail": current.email}));
    }
    for ((kind, new), (_, previous)) in updated.login_ids().into_iter().zip(current.login_ids()) {
        if new != previous {
            let details = json!({"loginIdType": kind, "newLoginId": new, "previousLoginId": previous});
            events::notify(emulator, &updated, &["user.identity.update"], &details);
        }
    }
    if let Some(hash) = &hash {
        password_change::apply(emulator, &mut transaction, &tenant, id, hash).await?;
    }
    transaction.commit().await?;
    if hash.is_some() {
        mail::notify(emulator, Topic::PasswordUpdate, &tenant, None, &updated).await?;
    }
    answer_with_registrations(emulator, &users::find(&emulator.database, id).await?).await
}

async fn delete(
    Authorized(emulator): Authorized,
    ExistingId(id): ExistingId,
    Query(query): Query<Parameters>,
    JsonBody(body): JsonBody<DeleteBody>,
) -> Answer {
    remove(&emulator, id, body.hard_delete || query.hard_delete).await?;
    Ok(empty(StatusCode::OK))
}

/// Deletes or locks an account.
pub(super) async fn remove(emulator: &AppState, id: Uuid, hard_delete: bool) -> Result<(), Refusal> {
    if !hard_delete {
        set_active(emulator, id, false).await?;
        return Ok(());
    }
    let mut transaction = emulator.database.begin().await?;
    users::find(&mut *transaction, id).await?;
    events::of_user(emulator, &mut transaction, id, &["user.delete", "user.delete.complete"]).await?;
    database::users::delete(&mut *transaction, id).await?;
    transaction.commit().await?;
    Ok(())
}

/// Locks or unlocks an account. Locking ends the user's sessions.
async fn set_active(emulator: &AppState, id: Uuid, active: bool) -> Result<User, Refusal> {
    let mut transaction = emulator.database.begin().await?;
    let mut user = users::find(&mut *transaction, id).await?;
    (user.active, user.last_update_instant) = (active, emulator.clock.now_ms());
    let _unchanged_names_are_unique = database::users::update(&mut *transaction, &user).await?;
    if active {
        events::notify(emulator, &user, &["user.reactivate"], &Value::Null);
    } else {
        events::revoke(emulator, &mut *transaction, Selection::OfUser(id)).await?;
        events::of_user(emulator, &mut transaction, id, &["user.deactivate"]).await?;
    }
    transaction.commit().await?;
    Ok(user)
}

async fn answer_with_registrations(emulator: &AppState, user: &User) -> Answer {
    Ok(answer(user, &database::registrations::of_user(&emulator.database, user.id).await?))
}

fn answer(user: &User, registrations: &[Registration]) -> Response {
    json(StatusCode::OK, &json!({"user": user.to_json(registrations)}))
}
