//! One-time ids: each has one purpose, and expires.

use super::Refusal;
use crate::database::one_time_ids::{self, OneTimeId, Purpose};
use crate::state::{AppState, OpaqueToken};
use axum::http::StatusCode;
use serde_json::Value;
use sqlx::{SqliteConnection, SqliteExecutor};
use uuid::Uuid;

/// Issues an id that expires after `seconds`.
pub(crate) async fn issue(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    purpose: Purpose,
    user: Uuid,
    seconds: i64,
    details: Value,
) -> Result<OpaqueToken, Refusal> {
    let id = OpaqueToken::generate(&emulator.random);
    store(emulator, connection, &id, purpose, user, seconds, None, details).await?;
    Ok(id)
}

/// Stores an id that the caller chose. With a `code`, the id is valid only together with that code.
#[expect(clippy::too_many_arguments, reason = "each is a column, and a struct of them would be taken apart at once")]
pub(crate) async fn store(
    emulator: &AppState,
    connection: &mut SqliteConnection,
    id: &OpaqueToken,
    purpose: Purpose,
    user: Uuid,
    seconds: i64,
    code: Option<&OpaqueToken>,
    details: Value,
) -> Result<(), Refusal> {
    let now = emulator.clock.now_ms();
    one_time_ids::delete_expired(&mut *connection, now).await?;
    let expiry_ms = now.saturating_add(seconds.saturating_mul(1_000));
    Ok(one_time_ids::insert(connection, id, purpose, user, expiry_ms, code, &details).await?)
}

/// The id, if it was issued for this purpose, was not used and has not expired; 404 otherwise.
pub(crate) async fn find(
    emulator: &AppState,
    database: impl SqliteExecutor<'_>,
    purpose: Purpose,
    id: &OpaqueToken,
) -> Result<OneTimeId, Refusal> {
    Ok(one_time_ids::find(database, purpose, id, emulator.clock.now_ms()).await?.ok_or(StatusCode::NOT_FOUND)?)
}

/// Uses up an id. If several callers use the same id, only one succeeds, and the others get 404.
pub(crate) async fn take(database: impl SqliteExecutor<'_>, purpose: Purpose, id: &OpaqueToken) -> Result<(), Refusal> {
    if one_time_ids::take(database, purpose, id).await? { Ok(()) } else { Err(StatusCode::NOT_FOUND.into()) }
}
