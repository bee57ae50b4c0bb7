//! RSA keys that sign access tokens. They are stored unencrypted, which is one reason why the emulator is not for production.

use super::{DatabaseError, Written, run, write};
use crate::state::SigningKey;
use sqlx::{SqliteExecutor, query, query_as};
use sqlx_macros::FromRow;
use uuid::Uuid;

/// A signing key as it is stored, which `domain::signing_keys::parse` parses. `pkcs8` is empty until a postponed key pair is generated.
#[derive(FromRow)]
pub(crate) struct StoredKey {
    pub(crate) kid: String,
    pub(crate) pkcs8: Vec<u8>,
}

/// Stores a key, whose key pair [`set`] adds if `key` is `None`.
pub(crate) async fn insert(
    database: impl SqliteExecutor<'_>,
    id: Uuid,
    name: &str,
    key: Option<&SigningKey>,
    now_ms: i64,
) -> Result<Written, DatabaseError> {
    let id = id.to_string();
    let (kid, pkcs8) = key.map_or((id.as_str(), &[][..]), |it| (it.kid(), it.pkcs8()));
    let insert = query("INSERT INTO signing_keys (id, kid, name, pkcs8, insert_instant) VALUES ($1, $2, $3, $4, $5)");
    write(database, insert.bind(&id).bind(kid).bind(name).bind(pkcs8).bind(now_ms)).await
}

/// Sets the key pair of a stored key.
pub(crate) async fn set(database: impl SqliteExecutor<'_>, id: Uuid, key: &SigningKey) -> Result<(), DatabaseError> {
    let update = query("UPDATE signing_keys SET kid = $2, pkcs8 = $3 WHERE id = $1");
    run(database, update.bind(id.to_string()).bind(key.kid()).bind(key.pkcs8())).await
}

pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<StoredKey>, DatabaseError> {
    let select = query_as("SELECT kid, pkcs8 FROM signing_keys WHERE id = $1");
    Ok(select.bind(id.to_string()).fetch_optional(database).await?)
}

pub(crate) async fn by_kid(database: impl SqliteExecutor<'_>, kid: &str) -> Result<Option<StoredKey>, DatabaseError> {
    Ok(query_as("SELECT kid, pkcs8 FROM signing_keys WHERE kid = $1").bind(kid).fetch_optional(database).await?)
}

pub(crate) async fn all(database: impl SqliteExecutor<'_>) -> Result<Vec<StoredKey>, DatabaseError> {
    Ok(query_as("SELECT kid, pkcs8 FROM signing_keys ORDER BY insert_instant, id").fetch_all(database).await?)
}

pub(crate) async fn delete(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM signing_keys WHERE id = $1").bind(id.to_string())).await
}
