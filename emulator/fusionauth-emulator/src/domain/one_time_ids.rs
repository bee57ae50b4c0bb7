//! One-time ids: each has one purpose, and expires.

use super::Refusal;
use crate::database::one_time_ids::{self, NewOneTimeId, Purpose};
use crate::state::{AppState, OpaqueToken};
use serde_json::Value;
use sqlx::SqliteConnection;
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
    user_id: Uuid,
    seconds: i64,
    code: Option<&OpaqueToken>,
    details: Value,
) -> Result<(), Refusal> {
    let now = emulator.clock.now_ms();
    one_time_ids::delete_expired(&mut *connection, now).await?;
    let expiry_ms = now.saturating_add(seconds.saturating_mul(1_000));
    Ok(one_time_ids::insert(connection, id, NewOneTimeId { purpose, user_id, expiry_ms, code, details }).await?)
}
