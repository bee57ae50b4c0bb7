use super::StoreError;
use crate::opaque::Opaque;
use sqlx::SqlitePool;

/// Keeps an API key; the same one twice is one key.
pub(crate) async fn insert(database: &SqlitePool, key: &Opaque) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO api_keys (hash) VALUES ($1) ON CONFLICT DO NOTHING").bind(key.hash()).execute(database).await?;
    Ok(())
}

pub(crate) async fn exists(database: &SqlitePool, key: &Opaque) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM api_keys WHERE hash = $1)").bind(key.hash()).fetch_one(database).await?)
}
