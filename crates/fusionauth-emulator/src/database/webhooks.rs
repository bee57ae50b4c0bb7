//! Webhooks, as the documents that were posted.

use super::{DatabaseError, Written, documents, rows, to_json, write};
use serde_json::Value;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, id: Uuid, webhook: &Value) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO webhooks (id, document) VALUES ($1, $2)");
    write(database, insert.bind(id.to_string()).bind(to_json(webhook)?)).await
}

pub(crate) async fn all(database: impl SqliteExecutor<'_>) -> Result<Vec<Value>, DatabaseError> {
    documents(database, query_scalar("SELECT document FROM webhooks ORDER BY id")).await
}

/// Whether there was one.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<bool, DatabaseError> {
    Ok(rows(database, query("DELETE FROM webhooks WHERE id = $1").bind(id.to_string())).await? > 0)
}
