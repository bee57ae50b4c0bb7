//! Hashes of users' earlier passwords, for tenants that forbid reusing them.

use super::{DatabaseError, run};
use sqlx::{SqliteExecutor, query, query_scalar};
use uuid::Uuid;

pub(crate) async fn insert(database: impl SqliteExecutor<'_>, user: Uuid, hash: &str, now_ms: i64) -> Result<(), DatabaseError> {
    let insert = query("INSERT INTO previous_passwords (user_id, hash, instant) VALUES ($1, $2, $3)");
    run(database, insert.bind(user.to_string()).bind(hash).bind(now_ms)).await
}

/// The latest replaced hashes, at most `count`.
pub(crate) async fn newest(database: impl SqliteExecutor<'_>, user: Uuid, count: i64) -> Result<Vec<String>, DatabaseError> {
    let select = query_scalar("SELECT hash FROM previous_passwords WHERE user_id = $1 ORDER BY instant DESC, rowid DESC LIMIT $2");
    Ok(select.bind(user.to_string()).bind(count).fetch_all(database).await?)
}
