//! API keys. Of those in the kickstart's `apiKeys` only the hashes and the limits are stored. Those of `/api/api-key` are stored resources.

use super::{DatabaseError, document, run, to_json};
use crate::model::ApiKeyLimits;
use crate::state::OpaqueToken;
use sqlx::{SqliteExecutor, query, query_scalar};

/// Stores an API key. Storing the same key again changes nothing.
pub(crate) async fn insert(database: impl SqliteExecutor<'_>, key: &OpaqueToken, limits: &ApiKeyLimits) -> Result<(), DatabaseError> {
    let insert = query("INSERT INTO api_keys (hash, document) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    run(database, insert.bind(key.hash()).bind(to_json(limits)?)).await
}

/// The limits of an API key; `None` if there is no such key.
pub(crate) async fn find(database: impl SqliteExecutor<'_>, key: &OpaqueToken) -> Result<Option<ApiKeyLimits>, DatabaseError> {
    let select = "SELECT document FROM api_keys WHERE hash = $1 \
                  UNION ALL SELECT document FROM stored_resources WHERE kind = 'apiKey' AND owner = '' AND name = $2";
    document(database, query_scalar(select).bind(key.hash()).bind(key.expose())).await
}
