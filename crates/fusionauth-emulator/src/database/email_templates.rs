//! Templates of messages, as the documents that were posted.

use super::{DatabaseError, Written, document, to_json, write};
use serde_json::Value;
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, id: Uuid, template: &Value) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO email_templates (id, document) VALUES ($1, $2)");
    write(database, insert.bind(id.to_string()).bind(to_json(template)?)).await
}

pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<Value>, DatabaseError> {
    document(database, query_scalar("SELECT document FROM email_templates WHERE id = $1").bind(id.to_string())).await
}
