use crate::actions;
use crate::http::query::Query;
use crate::http::{ApiKey, JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::model::{TakenAction, UserAction};
use crate::store::{self, Inserted};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `/api/user-action`: kinds of actions (<https://fusionauth.io/docs/apis/user-actions>); `/api/user/action`: taking one on
/// somebody, until its expiry (<https://fusionauth.io/docs/apis/actioning-users>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/user-action", get(all).post(create_without_id))
        .route("/api/user-action/{id}", get(one).post(create_with_id))
        .route("/api/user/action", get(taken).post(take))
        .route("/api/user/action/{id}", delete(cancel))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    user_action: UserAction,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TakeBody {
    action: Take,
    #[serde(default, rename = "broadcast")]
    _broadcast: bool,
    #[serde(default, rename = "eventInfo")]
    _event_info: Option<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Take {
    actionee_user_id: Option<Uuid>,
    actioner_user_id: Option<Uuid>,
    application_ids: Option<Vec<Uuid>>,
    comment: Option<String>,
    expiry: Option<i64>,
    option: Option<String>,
    user_action_id: Option<Uuid>,
    #[serde(rename = "emailUser")]
    _email_user: bool,
    #[serde(rename = "notifyUser")]
    _notify_user: bool,
    #[serde(rename = "reasonId")]
    _reason_id: Option<Uuid>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    user_id: Option<String>,
}

async fn create_without_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    create(&instance, instance.random.uuid(), body.user_action).await
}

async fn create_with_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "userActionId", "This is no UUID."))?;
    create(&instance, id, body.user_action).await
}

async fn create(instance: &Instance, id: Uuid, mut action: UserAction) -> Result<Response, Refusal> {
    if action.name.trim().is_empty() {
        return Err(Refusal::field("blank", "userAction.name", "An action has a name."));
    }
    let now = instance.clock.now_ms();
    (action.id, action.active, action.insert_instant, action.last_update_instant) = (id, true, now, now);
    match store::actions::insert(&instance.database, &action).await? {
        Inserted::Yes => Ok(json(StatusCode::OK, &json!({"userAction": action}))),
        Inserted::Duplicate => Err(Refusal::field("duplicate", "userAction.name", "There is an action with this id or name.")),
    }
}

async fn all(_key: ApiKey, State(instance): State<Arc<Instance>>) -> Result<Response, Refusal> {
    Ok(json(StatusCode::OK, &json!({"userActions": store::actions::all(&instance.database).await?})))
}

async fn one(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    let action = store::actions::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?;
    Ok(json(StatusCode::OK, &json!({"userAction": action})))
}

async fn take(_key: ApiKey, State(instance): State<Arc<Instance>>, JsonBody(body): JsonBody<TakeBody>) -> Result<Response, Refusal> {
    let asked = body.action;
    let blank = |name: &'static str| move || Refusal::field("blank", name, "A value must be given.");
    let unknown = |name: &'static str| move || Refusal::field("invalid", name, "There is nothing with this id.");
    let user = asked.actionee_user_id.ok_or_else(blank("action.actioneeUserId"))?;
    let user = store::users::by_id(&instance.database, user).await?.ok_or_else(unknown("action.actioneeUserId"))?;
    let action = asked.user_action_id.ok_or_else(blank("action.userActionId"))?;
    let action = store::actions::by_id(&instance.database, action).await?.ok_or_else(unknown("action.userActionId"))?;
    if action.temporal && asked.expiry.is_none() {
        return Err(blank("action.expiry")());
    }
    let tenant = store::tenants::by_id(&instance.database, user.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let taken = TakenAction {
        actionee_user_id: user.id,
        actioner_user_id: asked.actioner_user_id,
        application_ids: asked.application_ids,
        comment: asked.comment,
        expiry: asked.expiry.unwrap_or(i64::MAX),
        id: instance.random.uuid(),
        insert_instant: instance.clock.now_ms(),
        name: action.name,
        option: asked.option,
        reason: None,
        reason_code: None,
        user_action_id: action.id,
    };
    actions::take(&instance, &tenant, &taken).await?;
    Ok(json(StatusCode::OK, &json!({"action": taken})))
}

async fn taken(_key: ApiKey, State(instance): State<Arc<Instance>>, Query(query): Query<Parameters>) -> Result<Response, Refusal> {
    let user = query.user_id.and_then(|it| it.parse().ok()).ok_or_else(|| Refusal::field("blank", "userId", "Name a user."))?;
    let taken = store::actions::active(&instance.database, user, instance.clock.now_ms()).await?;
    Ok(json(StatusCode::OK, &json!({"actions": taken})))
}

async fn cancel(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    if !store::actions::cancel(&instance.database, id).await? {
        return Err(StatusCode::NOT_FOUND.into());
    }
    Ok(json(StatusCode::OK, &json!({})))
}
