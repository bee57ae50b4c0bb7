use super::tenant::check_jwt_configuration;
use crate::http::patch::{Patch, resource};
use crate::http::{ApiKey, JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::model::Application;
use crate::opaque::Opaque;
use crate::store::{self, Inserted};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/application`, and `POST`, `PATCH`, `GET /api/application/{id}` (<https://fusionauth.io/docs/apis/applications>).
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new()
        .route("/api/application", post(create_without_id))
        .route("/api/application/{id}", get(retrieve).post(create_with_id).patch(patch))
}

async fn create_without_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Value>,
) -> Result<Response, Refusal> {
    create(&instance, &headers, instance.random.uuid(), body).await
}

async fn create_with_id(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Response, Refusal> {
    let id = id.parse().map_err(|_| Refusal::field("couldNotConvert", "applicationId", "This is no UUID."))?;
    create(&instance, &headers, id, body).await
}

async fn create(instance: &Instance, headers: &HeaderMap, id: Uuid, body: Value) -> Result<Response, Refusal> {
    let tenant = super::tenant(instance, headers, None).await?;
    let mut application: Application = resource("application", body)?;
    check(instance, &application).await?;
    (application.id, application.tenant_id) = (id, tenant.id);
    application.insert_instant = instance.clock.now_ms();
    application.last_update_instant = application.insert_instant;
    give_ids(instance, &mut application);
    match store::applications::insert(&instance.database, &application).await? {
        Inserted::Yes => Ok(answer(&application)),
        Inserted::Duplicate => Err(duplicate()),
    }
}

async fn patch(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>, patch: Patch) -> Result<Response, Refusal> {
    let _one_at_a_time = instance.changes.lock().await;
    let current = find(&instance, &id).await?;
    let mut patched: Application = patch.apply("application", &current)?;
    check(&instance, &patched).await?;
    (patched.id, patched.tenant_id, patched.insert_instant) = (current.id, current.tenant_id, current.insert_instant);
    patched.last_update_instant = instance.clock.now_ms();
    give_ids(&instance, &mut patched);
    match store::applications::update(&instance.database, &patched).await? {
        Inserted::Yes => Ok(answer(&patched)),
        Inserted::Duplicate => Err(duplicate()),
    }
}

async fn retrieve(_key: ApiKey, State(instance): State<Arc<Instance>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    Ok(answer(&find(&instance, &id).await?))
}

async fn find(instance: &Instance, id: &str) -> Result<Application, Refusal> {
    let id = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(store::applications::by_id(&instance.database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

async fn check(instance: &Instance, application: &Application) -> Result<(), Refusal> {
    if application.name.trim().is_empty() {
        return Err(Refusal::field("blank", "application.name", "An application has a name."));
    }
    let names: BTreeSet<&str> = application.roles.iter().map(|it| it.name.as_str()).collect();
    if names.len() < application.roles.len() || names.iter().any(|it| it.trim().is_empty()) {
        return Err(Refusal::field("invalid", "application.roles", "Roles have names, each its own."));
    }
    check_jwt_configuration(instance, "application.jwtConfiguration", &application.jwt_configuration).await
}

fn give_ids(instance: &Instance, application: &mut Application) {
    let oauth = &mut application.oauth_configuration;
    // The client's id is the application's, whatever was asked for.
    oauth.client_id = Some(application.id.to_string());
    oauth.client_secret.get_or_insert_with(|| Opaque::new(&instance.random).expose().to_owned());
    for role in &mut application.roles {
        role.id.get_or_insert_with(|| instance.random.uuid());
    }
}

fn duplicate() -> Refusal {
    Refusal::field("duplicate", "application.name", "There is an application with this id or name.")
}

fn answer(application: &Application) -> Response {
    json(StatusCode::OK, &json!({"application": application}))
}
