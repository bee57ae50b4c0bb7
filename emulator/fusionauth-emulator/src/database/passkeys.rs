//! Passkeys, each with the data that verifies its signatures.

use super::{DatabaseError, Written, changes, from_json, run, to_json, write};
use crate::model::Passkey;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteExecutor, query};
use uuid::Uuid;
use webauthn_rs::prelude::Passkey as Verifier;

/// A passkey with the public key and the counter that verify its signatures.
pub(crate) struct StoredPasskey {
    pub(crate) passkey: Passkey,
    pub(crate) verifier: Verifier,
}

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, new: &StoredPasskey) -> Result<Written, DatabaseError> {
    let insert = query("INSERT INTO passkeys (id, user_id, credential_id, document, verifier) VALUES ($1, $2, $3, $4, $5)");
    let insert = insert.bind(new.passkey.id.to_string()).bind(new.passkey.user_id.to_string()).bind(&new.passkey.credential_id);
    write(database, insert.bind(to_json(&new.passkey)?).bind(to_json(&new.verifier)?)).await
}

pub(crate) async fn update(database: impl SqliteExecutor<'_>, changed: &StoredPasskey) -> Result<(), DatabaseError> {
    let update = query("UPDATE passkeys SET document = $2, verifier = $3 WHERE id = $1").bind(changed.passkey.id.to_string());
    run(database, update.bind(to_json(&changed.passkey)?).bind(to_json(&changed.verifier)?)).await
}

pub(crate) async fn by_id(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<Option<StoredPasskey>, DatabaseError> {
    let select = query("SELECT document, verifier FROM passkeys WHERE id = $1").bind(id.to_string());
    select.fetch_optional(database).await?.as_ref().map(from_row).transpose()
}

/// A user's passkeys, the oldest first.
pub(crate) async fn of_user(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<Vec<StoredPasskey>, DatabaseError> {
    let select = query("SELECT document, verifier FROM passkeys WHERE user_id = $1 ORDER BY document ->> '$.insertInstant', id");
    select.bind(user.to_string()).fetch_all(database).await?.iter().map(from_row).collect()
}

/// Deletes a passkey; `false` if there was none.
pub(crate) async fn delete(database: impl SqliteExecutor<'_>, id: Uuid) -> Result<bool, DatabaseError> {
    changes(database, query("DELETE FROM passkeys WHERE id = $1").bind(id.to_string())).await
}

pub(crate) async fn delete_of_user(database: impl SqliteExecutor<'_>, user: Uuid) -> Result<(), DatabaseError> {
    run(database, query("DELETE FROM passkeys WHERE user_id = $1").bind(user.to_string())).await
}

fn from_row(row: &SqliteRow) -> Result<StoredPasskey, DatabaseError> {
    Ok(StoredPasskey { passkey: from_json(row.try_get("document")?)?, verifier: from_json(row.try_get("verifier")?)? })
}
