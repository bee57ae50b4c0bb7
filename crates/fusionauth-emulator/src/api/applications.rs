//! `POST /api/application` with and without an id, `PATCH` and `GET /api/application/{id}`
//! (<https://fusionauth.io/docs/apis/applications>).

use super::tenants::check_jwt_configuration;
use crate::database::{self, Written};
use crate::domain::{Refusal, all_of};
use crate::http::patch::resource;
use crate::http::{ApiKey, ExistingId, JsonBody, NewId, Patch, RequestTenant, json};
use crate::model::Application;
use crate::state::{AppState, OpaqueToken};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/api/application", post(create)).route("/api/application/{applicationId}", get(retrieve).post(create).patch(patch))
}

async fn create(
    _key: ApiKey,
    State(emulator): State<Arc<AppState>>,
    NewId(id): NewId,
    RequestTenant(tenant): RequestTenant,
    JsonBody(mut body): JsonBody<Value>,
) -> Result<Response, Refusal> {
    name_roles(&mut body);
    let mut application: Application = resource("application", body, emulator.unknown_members)?;
    let mut transaction = emulator.database.begin().await?;
    check(&mut transaction, &application).await?;
    let now = emulator.clock.now_ms();
    (application.id, application.tenant_id) = (id, tenant.id);
    (application.insert_instant, application.last_update_instant) = (now, now);
    complete(&emulator, &mut application);
    let Written::Yes = database::applications::insert(&mut *transaction, &application).await? else { return Err(duplicate()) };
    transaction.commit().await?;
    Ok(answer(&application))
}

async fn patch(_key: ApiKey, State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId, patch: Patch) -> Result<Response, Refusal> {
    let mut transaction = emulator.database.begin().await?;
    let current = find(&mut *transaction, id).await?;
    let mut patched: Application = patch.apply("application", &current)?;
    check(&mut transaction, &patched).await?;
    (patched.id, patched.tenant_id, patched.insert_instant) = (current.id, current.tenant_id, current.insert_instant);
    patched.last_update_instant = emulator.clock.now_ms();
    complete(&emulator, &mut patched);
    let Written::Yes = database::applications::update(&mut *transaction, &patched).await? else { return Err(duplicate()) };
    transaction.commit().await?;
    Ok(answer(&patched))
}

async fn retrieve(_key: ApiKey, State(emulator): State<Arc<AppState>>, ExistingId(id): ExistingId) -> Result<Response, Refusal> {
    Ok(answer(&find(&emulator.database, id).await?))
}

async fn find(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Application, Refusal> {
    Ok(database::applications::by_id(database, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

async fn check(connection: &mut SqliteConnection, application: &Application) -> Result<(), Refusal> {
    let has_name = !application.name.trim().is_empty();
    let names: BTreeSet<&str> = application.roles.iter().map(|it| it.name.as_str()).collect();
    let has_roles = names.len() == application.roles.len() && names.iter().all(|it| !it.trim().is_empty());
    all_of([
        has_name.then_some(()).ok_or_else(|| Refusal::field("blank", "application.name", "An application has a name.")),
        has_roles.then_some(()).ok_or_else(|| Refusal::field("invalid", "application.roles", "Each role has a name of its own.")),
        check_jwt_configuration(connection, "application.jwtConfiguration", &application.jwt_configuration).await,
    ])
}

/// FusionAuth takes a text for a role with this name, as its own published kickstart files have it.
fn name_roles(body: &mut Value) {
    for role in body.pointer_mut("/application/roles").and_then(Value::as_array_mut).into_iter().flatten() {
        if role.is_string() {
            *role = json!({"name": role.take()});
        }
    }
}

/// Adds the ids and the secret that the request left out.
fn complete(emulator: &AppState, application: &mut Application) {
    let oauth = &mut application.oauth_configuration;
    // The client's id is always the application's, whatever the request says.
    oauth.client_id = Some(application.id.to_string());
    oauth.client_secret.get_or_insert_with(|| OpaqueToken::generate(&emulator.random).expose().to_owned());
    for role in &mut application.roles {
        role.id.get_or_insert_with(|| emulator.random.uuid());
    }
}

fn duplicate() -> Refusal {
    Refusal::field("duplicate", "application.name", "There is an application with this id or name.")
}

fn answer(application: &Application) -> Response {
    json(StatusCode::OK, &json!({"application": application}))
}
