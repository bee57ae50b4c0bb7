use super::{Inserted, StoreError, inserted, read, written};
use serde_json::Value;
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn insert(database: &SqlitePool, id: Uuid, template: &Value) -> Result<Inserted, StoreError> {
    let query = sqlx::query("INSERT INTO email_templates (id, document) VALUES ($1, $2)");
    inserted(query.bind(id.to_string()).bind(written(template)?).execute(database).await)
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<Value>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM email_templates WHERE id = $1");
    let document: Option<String> = query.bind(id.to_string()).fetch_optional(database).await?;
    document.map(|it| read(&it)).transpose()
}
