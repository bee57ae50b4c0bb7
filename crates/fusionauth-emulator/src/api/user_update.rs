use crate::http::patch::Patch;
use crate::http::query::Query;
use crate::http::{ApiKey, Refusal, empty, json};
use crate::instance::Instance;
use crate::model::User;
use crate::store::refresh_tokens::{self, Selection};
use crate::store::{self, Inserted};
use crate::{password_change, users};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::patch;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// `PATCH`, `PUT` and `DELETE /api/user/{id}` (<https://fusionauth.io/docs/apis/users>): changes a user; `DELETE` locks the account, with
/// `hardDelete=true` it is gone; `PUT` with `reactivate=true` unlocks it.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/user/{id}", patch(change).put(reactivate).delete(delete))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parameters {
    hard_delete: bool,
    reactivate: bool,
}

async fn change(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>, patch: Patch) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let current = find(&instance, &id).await?;
    let tenant = store::tenants::by_id(&instance.database, current.tenant_id).await?.ok_or(StatusCode::NOT_FOUND)?;
    let patch = patch.without(&["applicationId", "disableDomainBlock", "eventInfo", "skipVerification", "sendSetPasswordEmail"]);
    let mut patched: User = patch.apply("user", &current)?;
    let password = match patched.password.take() {
        Some(password) => Some(password_change::check(&instance, &tenant, &current, "user.password", Some(&password)).await?),
        None => None,
    };
    (patched.id, patched.tenant_id, patched.insert_instant) = (current.id, current.tenant_id, current.insert_instant);
    // Locking has its own call, as in FusionAuth; verifying too.
    (patched.active, patched.verified, patched.verified_instant) = (current.active, current.verified, current.verified_instant);
    patched.last_update_instant = instance.clock.now_ms();
    users::check_members(&instance, "user", &mut patched)?;
    if store::users::update(&instance.database, &patched, None).await? == Inserted::Duplicate {
        return Err(users::duplicate("user"));
    }
    if let Some(password) = password {
        password_change::apply(&instance, &tenant, patched, password).await?;
    }
    answer(&instance, &find(&instance, &id).await?).await
}

async fn reactivate(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    Path(id): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Response, Refusal> {
    if !query.reactivate {
        return Err(StatusCode::NOT_IMPLEMENTED.into());
    }
    let user = set_active(&instance, &id, true).await?;
    answer(&instance, &user).await
}

async fn delete(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    Path(id): Path<String>,
    Query(query): Query<Parameters>,
) -> Result<Response, Refusal> {
    if query.hard_delete {
        store::users::delete(&instance.database, find(&instance, &id).await?.id).await?;
        return Ok(empty(StatusCode::OK));
    }
    let user = set_active(&instance, &id, false).await?;
    refresh_tokens::delete(&instance.database, Selection::OfUser(user.id)).await?;
    Ok(empty(StatusCode::OK))
}

async fn set_active(instance: &Instance, id: &str, active: bool) -> Result<User, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let mut user = find(instance, id).await?;
    (user.active, user.last_update_instant) = (active, instance.clock.now_ms());
    store::users::update(&instance.database, &user, None).await?;
    Ok(user)
}

async fn find(instance: &Instance, id: &str) -> Result<User, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(store::users::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

async fn answer(instance: &Instance, user: &User) -> Result<Response, Refusal> {
    let registrations = store::registrations::of_user(&instance.database, user.id).await?;
    Ok(json(StatusCode::OK, &json!({"user": user.shown(&registrations)})))
}
