//! `/api/user-action` creates and shows kinds of actions, such as a lockout (<https://fusionauth.io/docs/apis/user-actions>).
//! `/api/user/action` takes an action on a user until it expires, lists the actions on a user, and cancels one
//! (<https://fusionauth.io/docs/apis/actioning-users>).

use crate::database::{self, Written};
use crate::domain::{Refusal, user_actions, users};
use crate::http::{Answer, Authorized, ExistingId, JsonBody, NewId, Patch, Query, Routes, empty, json};
use crate::model::{TakenAction, UserAction, complete};
use axum::http::StatusCode;
use axum::routing::{delete, get};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/user-action", get(list).post(create))
        .route("/api/user-action/{userActionId}", get(retrieve).post(create).put(change).patch(change).delete(remove))
        .route("/api/user/action", get(list_taken).post(take))
        .route("/api/user/action/{id}", delete(cancel))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    user_action: UserAction,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakeBody {
    action: Take,
    #[serde(default)]
    _broadcast: bool,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Take {
    actionee_user_id: Option<Uuid>,
    actioner_user_id: Option<Uuid>,
    application_ids: Option<Vec<Uuid>>,
    comment: Option<String>,
    expiry: Option<i64>,
    option: Option<String>,
    user_action_id: Option<Uuid>,
    _email_user: bool,
    _notify_user: bool,
    _reason_id: Option<Uuid>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    user_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ChangeParameters {
    hard_delete: bool,
    reactivate: bool,
}

async fn create(Authorized(emulator): Authorized, NewId(id): NewId, JsonBody(Body { user_action: mut action }): JsonBody<Body>) -> Answer {
    if action.name.trim().is_empty() {
        return Err(Refusal::field("blank", "userAction.name", "An action needs a name."));
    }
    let now = emulator.clock.now_ms();
    (action.id, action.active, action.insert_instant, action.last_update_instant) = (id, true, now, now);
    match database::user_actions::insert(&emulator.database, &action).await? {
        Written::Yes => Ok(json(StatusCode::OK, &json!({"userAction": complete("userAction", &action)}))),
        Written::Duplicate => Err(Refusal::field("duplicate", "userAction.name", "An action with this id or name already exists.")),
    }
}

async fn list(Authorized(emulator): Authorized) -> Answer {
    let all: Vec<Value> = database::user_actions::all(&emulator.database).await?.iter().map(|it| complete("userAction", it)).collect();
    Ok(json(StatusCode::OK, &json!({"userActions": all})))
}

async fn retrieve(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let action = database::user_actions::by_id(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(json(StatusCode::OK, &json!({"userAction": complete("userAction", &action)})))
}

/// Replaces or changes a kind of action, or makes it active again.
async fn change(
    Authorized(emulator): Authorized,
    ExistingId(id): ExistingId,
    Query(query): Query<ChangeParameters>,
    patch: Patch,
) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let current = database::user_actions::by_id(&mut *transaction, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let mut updated: UserAction = if query.reactivate { current.clone() } else { patch.apply("userAction", &current)? };
    if updated.name.trim().is_empty() {
        return Err(Refusal::field("blank", "userAction.name", "An action needs a name."));
    }
    (updated.id, updated.insert_instant) = (id, current.insert_instant);
    (updated.active, updated.last_update_instant) = (query.reactivate || current.active, emulator.clock.now_ms());
    let Written::Yes = database::user_actions::update(&mut *transaction, &updated).await? else {
        return Err(Refusal::field("duplicate", "userAction.name", "An action with this name already exists."));
    };
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({"userAction": complete("userAction", &updated)})))
}

/// Makes a kind of action inactive, or deletes it.
async fn remove(Authorized(emulator): Authorized, ExistingId(id): ExistingId, Query(query): Query<ChangeParameters>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let mut action = database::user_actions::by_id(&mut *transaction, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    if query.hard_delete {
        database::user_actions::delete(&mut transaction, id).await?;
    } else {
        (action.active, action.last_update_instant) = (false, emulator.clock.now_ms());
        let _the_name_is_unchanged = database::user_actions::update(&mut *transaction, &action).await?;
    }
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

async fn take(Authorized(emulator): Authorized, JsonBody(body): JsonBody<TakeBody>) -> Answer {
    let request = body.action;
    let unknown = |field: &'static str| move || Refusal::field("invalid", field, "This id is unknown.");
    let user = request.actionee_user_id.ok_or_else(|| Refusal::blank("action.actioneeUserId"))?;
    let action = request.user_action_id.ok_or_else(|| Refusal::blank("action.userActionId"))?;
    let mut transaction = emulator.database.begin().await?;
    let user = users::find(&mut *transaction, user).await.map_err(|_| unknown("action.actioneeUserId")())?;
    let action = database::user_actions::by_id(&mut *transaction, action).await?.ok_or_else(unknown("action.userActionId"))?;
    if action.temporal && request.expiry.is_none() {
        return Err(Refusal::blank("action.expiry"));
    }
    let tenant = database::tenants::by_id(&mut *transaction, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let action_taken = TakenAction {
        actionee_user_id: user.id,
        actioner_user_id: request.actioner_user_id,
        application_ids: request.application_ids,
        comment: request.comment,
        expiry: request.expiry.unwrap_or(i64::MAX),
        id: emulator.random.uuid(),
        insert_instant: emulator.clock.now_ms(),
        name: action.name,
        option: request.option,
        reason: None,
        reason_code: None,
        user_action_id: action.id,
    };
    user_actions::take(&emulator, &mut transaction, &tenant, &action_taken, action.prevent_login).await?;
    transaction.commit().await?;
    Ok(json(StatusCode::OK, &json!({"action": complete("action", &action_taken)})))
}

async fn list_taken(Authorized(emulator): Authorized, Query(query): Query<Parameters>) -> Answer {
    let user = query.user_id.and_then(|it| it.parse().ok()).ok_or_else(|| Refusal::blank("userId"))?;
    let actions = database::user_actions::active(&emulator.database, user, emulator.clock.now_ms()).await?;
    let actions: Vec<Value> = actions.iter().map(|it| complete("action", it)).collect();
    Ok(json(StatusCode::OK, &json!({"actions": actions})))
}

async fn cancel(Authorized(emulator): Authorized, ExistingId(id): ExistingId) -> Answer {
    let cancelled = database::user_actions::cancel(&emulator.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let user = users::find(&emulator.database, cancelled.actionee_user_id).await?;
    user_actions::notify(&emulator, user.tenant_id, &cancelled, "cancel");
    Ok(json(StatusCode::OK, &json!({})))
}
