use super::{Inserted, StoreError, inserted};
use crate::jwt::SigningKey;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};
use uuid::Uuid;

/// A stored key, as it was written.
pub(crate) struct StoredKey {
    pub(crate) kid: String,
    pub(crate) pkcs8: Vec<u8>,
}

pub(crate) async fn insert(database: &SqlitePool, id: Uuid, name: &str, key: &SigningKey, now_ms: i64) -> Result<Inserted, StoreError> {
    inserted(
        sqlx::query("INSERT INTO signing_keys (id, kid, name, pkcs8, insert_instant) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.to_string())
            .bind(key.kid())
            .bind(name)
            .bind(key.pkcs8())
            .bind(now_ms)
            .execute(database)
            .await,
    )
}

pub(crate) async fn by_id(database: &SqlitePool, id: Uuid) -> Result<Option<StoredKey>, StoreError> {
    let row = sqlx::query("SELECT kid, pkcs8 FROM signing_keys WHERE id = $1").bind(id.to_string()).fetch_optional(database).await?;
    row.as_ref().map(from_row).transpose()
}

pub(crate) async fn by_kid(database: &SqlitePool, kid: &str) -> Result<Option<StoredKey>, StoreError> {
    let row = sqlx::query("SELECT kid, pkcs8 FROM signing_keys WHERE kid = $1").bind(kid).fetch_optional(database).await?;
    row.as_ref().map(from_row).transpose()
}

pub(crate) async fn all(database: &SqlitePool) -> Result<Vec<StoredKey>, StoreError> {
    let rows = sqlx::query("SELECT kid, pkcs8 FROM signing_keys ORDER BY insert_instant, id").fetch_all(database).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &SqliteRow) -> Result<StoredKey, StoreError> {
    Ok(StoredKey { kid: row.try_get("kid")?, pkcs8: row.try_get("pkcs8")? })
}
