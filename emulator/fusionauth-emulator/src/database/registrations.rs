//! Which user is registered for which application, and with which roles.

use super::{DatabaseError, Written, documents, run, to_json, write};
use crate::model::Registration;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, user: Uuid, registration: &Registration) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO registrations (user_id, application_id, document) VALUES ($1, $2, $3)");
    write(database, insert.bind(user.to_string()).bind(registration.application_id.to_string()).bind(to_json(registration)?)).await
}

pub(crate) async fn update(database: impl SqliteExecutor<'_>, user: Uuid, registration: &Registration) -> Result<(), DatabaseError> {
    let update = query("UPDATE registrations SET document = $3 WHERE user_id = $1 AND application_id = $2");
    run(database, update.bind(user.to_string()).bind(registration.application_id.to_string()).bind(to_json(registration)?)).await
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
    run(database, query(update).bind(user.to_string()).bind(application.to_string()).bind(now_ms)).await
}

/// Renames a role in all registrations for an application, or takes the role away with `None`.
pub(crate) async fn rename_role(
    database: impl SqliteExecutor<'_>,
    application: Uuid,
    role: &str,
    renamed: Option<&str>,
) -> Result<(), DatabaseError> {
    let update = "UPDATE registrations SET document = json_set(document, '$.roles', \
                  (SELECT json_group_array(iif(value = $2, $3, value)) FROM json_each(document, '$.roles') WHERE $3 NOT NULL OR value <> $2)) \
                  WHERE application_id = $1 AND $2 IN (SELECT value FROM json_each(document, '$.roles'))";
    run(database, query(update).bind(application.to_string()).bind(role).bind(renamed)).await
}

pub(crate) async fn delete(database: impl SqliteExecutor<'_>, user: Uuid, application: Uuid) -> Result<(), DatabaseError> {
    let delete = query("DELETE FROM registrations WHERE user_id = $1 AND application_id = $2");
    run(database, delete.bind(user.to_string()).bind(application.to_string())).await
}

pub(crate) async fn of_user(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<Vec<Registration>, DatabaseError> {
    let select = query_scalar("SELECT document FROM read_registrations WHERE user_id = $1 ORDER BY application_id");
    documents(database, select.bind(user.to_string())).await
}
