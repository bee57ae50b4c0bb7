//! API keys. Of those in the kickstart's `apiKeys` only the hashes are stored. Those of `/api/api-key` are stored resources.

use super::{DatabaseError, rows};
use crate::state::OpaqueToken;
use sqlx::{SqliteExecutor, query, query_scalar};

/// Stores an API key. Storing the same key again changes nothing.
pub(crate) async fn insert(database: impl SqliteExecutor<'_>, key: &OpaqueToken) -> Result<(), DatabaseError> {
    rows(database, query("INSERT INTO api_keys (hash) VALUES ($1) ON CONFLICT DO NOTHING").bind(key.hash())).await?;
    Ok(())
}

pub(crate) async fn exists(database: impl SqliteExecutor<'_>, key: &OpaqueToken) -> Result<bool, DatabaseError> {
    let select = "SELECT EXISTS (SELECT 1 FROM api_keys WHERE hash = $1) \
                  OR EXISTS (SELECT 1 FROM stored_resources WHERE kind = 'apiKey' AND owner = '' AND name = $2)";
    Ok(query_scalar(select).bind(key.hash()).bind(key.expose()).fetch_one(database).await?)
}
