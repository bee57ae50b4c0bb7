//! Applications, stored as FusionAuth's JSON documents.

use super::{DatabaseError, Written, document, documents, run, to_json, write};
use crate::model::Application;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, application: &Application) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO applications (id, tenant_id, name, document) VALUES ($1, $2, $3, $4)");
    let insert = insert.bind(application.id.to_string()).bind(application.tenant_id.to_string());
    write(database, insert.bind(&application.name).bind(to_json(application)?)).await
}

pub(crate) async fn update(database: impl SqliteExecutor<'_>, application: &Application) -> Result<Written, DatabaseError> {
    let update = query("UPDATE applications SET name = $2, document = $3 WHERE id = $1").bind(application.id.to_string());
    write(database, update.bind(&application.name).bind(to_json(application)?)).await
}

pub(crate) async fn all(database: impl SqliteExecutor<'_>) -> Result<Vec<Application>, DatabaseError> {
    documents(database, query_scalar("SELECT document FROM applications ORDER BY name, id")).await
}

/// The application with this id; `None` for no id.
pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: impl Into<Option<Uuid>>) -> Result<Option<Application>, DatabaseError> {
    let id = id.into().map(|it| it.to_string());
    document(database, query_scalar("SELECT document FROM applications WHERE id = $1").bind(id)).await
}

/// Deletes an application, with its registrations and sessions.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM applications WHERE id = $1").bind(id.to_string())).await
}
