//! API keys, of which only the hashes are stored.

use super::{DatabaseError, rows};
use crate::state::OpaqueToken;
use sqlx::{SqliteExecutor, query, query_scalar};

/// Stores an API key. Storing the same key again changes nothing.
pub(crate) async fn insert(database: impl SqliteExecutor<'_>, key: &OpaqueToken) -> Result<(), DatabaseError> {
    rows(database, query("INSERT INTO api_keys (hash) VALUES ($1) ON CONFLICT DO NOTHING").bind(key.hash())).await?;
    Ok(())
}

pub(crate) async fn exists(database: impl SqliteExecutor<'_>, key: &OpaqueToken) -> Result<bool, DatabaseError> {
    Ok(query_scalar("SELECT EXISTS (SELECT 1 FROM api_keys WHERE hash = $1)").bind(key.hash()).fetch_one(database).await?)
}
