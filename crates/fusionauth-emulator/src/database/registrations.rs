//! Which user is registered for which application, and with which roles.

use super::{DatabaseError, Written, documents, rows, to_json, write};
use crate::model::Registration;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, user: Uuid, registration: &Registration) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO registrations (user_id, application_id, document) VALUES ($1, $2, $3)");
    write(database, insert.bind(user.to_string()).bind(registration.application_id.to_string()).bind(to_json(registration)?)).await
}

pub(crate) async fn update(database: impl SqliteExecutor<'_>, user: Uuid, registration: &Registration) -> Result<(), DatabaseError> {
    let update = query("UPDATE registrations SET document = $3 WHERE user_id = $1 AND application_id = $2");
    rows(database, update.bind(user.to_string()).bind(registration.application_id.to_string()).bind(to_json(registration)?)).await?;
    Ok(())
}

/// Stores when a user signed in to an application. It writes only this member, because another request may change the others at the
/// same time.
pub(crate) async fn set_last_login(
    database: impl SqliteExecutor<'_>,
    user: Uuid,
    application: Uuid,
    now_ms: i64,
) -> Result<(), DatabaseError> {
    let update =
        "UPDATE registrations SET document = json_set(document, '$.lastLoginInstant', $3) WHERE user_id = $1 AND application_id = $2";
    rows(database, query(update).bind(user.to_string()).bind(application.to_string()).bind(now_ms)).await?;
    Ok(())
}

/// Deletes a registration; `false` if there was none.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, user: Uuid, application: Uuid) -> Result<bool, DatabaseError> {
    let delete = query("DELETE FROM registrations WHERE user_id = $1 AND application_id = $2");
    Ok(rows(database, delete.bind(user.to_string()).bind(application.to_string())).await? > 0)
}

pub(crate) async fn of_user(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<Vec<Registration>, DatabaseError> {
    let select = query_scalar("SELECT document FROM read_registrations WHERE user_id = $1 ORDER BY application_id");
    documents(database, select.bind(user.to_string())).await
}
