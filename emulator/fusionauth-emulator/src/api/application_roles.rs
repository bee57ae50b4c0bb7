//! `/api/application/{applicationId}/role` (<https://fusionauth.io/docs/apis/applications>): `POST` creates a role, with or without an id
//! in the path. `PUT` and `PATCH` change a role, and `DELETE` deletes it by its id or name.

use crate::database;
use crate::domain::{Refusal, groups, required};
use crate::http::patch::resource;
use crate::http::{Answer, Authorized, JsonBody, Patch, Query, Routes, empty, json};
use crate::model::{Application, Role};
use crate::state::AppState;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new()
        .route("/api/application/{applicationId}/role", post(create).delete(delete_by_name))
        .route("/api/application/{applicationId}/role/{roleId}", post(create_with_id).put(replace).patch(patch).delete(delete))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    name: Option<String>,
}

async fn create(Authorized(emulator): Authorized, Path(application): Path<String>, body: JsonBody<Value>) -> Answer {
    let id = emulator.random.uuid();
    create_with_id(Authorized(emulator), Path((application, id.to_string())), body).await
}

async fn create_with_id(
    Authorized(emulator): Authorized,
    Path((application, id)): Path<(String, String)>,
    JsonBody(body): JsonBody<Value>,
) -> Answer {
    let id: Uuid = id.parse().map_err(|_| Refusal::field("couldNotConvert", "roleId", "This is not a UUID."))?;
    let role: Role = resource("role", body, emulator.unknown_members)?;
    let mut transaction = emulator.database.begin().await?;
    let mut application = find(&mut transaction, &application).await?;
    application.roles.push(Role { id: Some(id), ..role });
    let answer = store(&emulator, &mut transaction, &application, id).await?;
    transaction.commit().await?;
    Ok(answer)
}

async fn replace(
    Authorized(emulator): Authorized,
    Path((application, id)): Path<(String, String)>,
    JsonBody(body): JsonBody<Value>,
) -> Answer {
    let role: Role = resource("role", body, emulator.unknown_members)?;
    change(&emulator, &application, &id, |_| Ok(role)).await
}

async fn patch(Authorized(emulator): Authorized, Path((application, id)): Path<(String, String)>, patch: Patch) -> Answer {
    change(&emulator, &application, &id, |current| patch.apply("role", current)).await
}

async fn delete(Authorized(emulator): Authorized, Path((application, id)): Path<(String, String)>) -> Answer {
    remove(&emulator, &application, |it| index_of(it, &id)).await
}

async fn delete_by_name(Authorized(emulator): Authorized, Path(application): Path<String>, Query(query): Query<Parameters>) -> Answer {
    let name = required("name", query.name)?;
    remove(&emulator, &application, |it| Ok(it.roles.iter().position(|it| it.name == name).ok_or(StatusCode::NOT_FOUND)?)).await
}

async fn remove(emulator: &AppState, application: &str, index: impl FnOnce(&Application) -> Result<usize, Refusal> + Send) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let mut application = find(&mut transaction, application).await?;
    let index = index(&application)?;
    let removed = application.roles.remove(index);
    database::registrations::rename_role(&mut *transaction, application.id, &removed.name, None).await?;
    let _the_name_is_unchanged = database::applications::update(&mut *transaction, &application).await?;
    groups::follow_roles(&mut transaction, application.id, &application.roles).await?;
    transaction.commit().await?;
    Ok(empty(StatusCode::OK))
}

async fn change(emulator: &AppState, application: &str, id: &str, changed: impl FnOnce(&Role) -> Result<Role, Refusal>) -> Answer {
    let mut transaction = emulator.database.begin().await?;
    let mut application = find(&mut transaction, application).await?;
    let index = index_of(&application, id)?;
    let id = application.roles[index].id.unwrap_or_default();
    let before = application.roles[index].name.clone();
    application.roles[index] = Role { id: Some(id), ..changed(&application.roles[index])? };
    let answer = store(emulator, &mut transaction, &application, id).await?;
    database::registrations::rename_role(&mut *transaction, application.id, &before, Some(&application.roles[index].name)).await?;
    transaction.commit().await?;
    Ok(answer)
}

/// Stores the application with its changed roles, and answers with the role of this id.
async fn store(emulator: &AppState, connection: &mut SqliteConnection, application: &Application, id: Uuid) -> Answer {
    let role = application.roles.iter().find(|it| it.id == Some(id)).ok_or(StatusCode::NOT_FOUND)?;
    if role.name.trim().is_empty() {
        return Err(Refusal::field("blank", "role.name", "A role needs a name."));
    }
    if application.roles.iter().filter(|it| it.name == role.name || it.id == Some(id)).count() > 1 {
        return Err(Refusal::field("duplicate", "role.name", "The application already has a role with this id or name."));
    }
    let mut application = application.clone();
    application.last_update_instant = emulator.clock.now_ms();
    let _the_name_is_unchanged = database::applications::update(&mut *connection, &application).await?;
    groups::follow_roles(connection, application.id, &application.roles).await?;
    Ok(json(StatusCode::OK, &json!({ "role": role })))
}

async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Application, Refusal> {
    let id = id.parse::<Uuid>().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(database::applications::by_id(connection, id).await?.ok_or(StatusCode::NOT_FOUND)?)
}

fn index_of(application: &Application, role: &str) -> Result<usize, Refusal> {
    let id: Uuid = role.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(application.roles.iter().position(|it| it.id == Some(id)).ok_or(StatusCode::NOT_FOUND)?)
}
