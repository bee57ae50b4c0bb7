use super::StoreError;
use sqlx::SqlitePool;
use uuid::Uuid;

pub(crate) async fn insert(database: &SqlitePool, user: Uuid, hash: &str, now_ms: i64) -> Result<(), StoreError> {
    let query = sqlx::query("INSERT INTO previous_passwords (user_id, hash, instant) VALUES ($1, $2, $3)");
    query.bind(user.to_string()).bind(hash).bind(now_ms).execute(database).await?;
    Ok(())
}

/// The newest hashes.
pub(crate) async fn newest(database: &SqlitePool, user: Uuid, count: i64) -> Result<Vec<String>, StoreError> {
    let query = sqlx::query_scalar("SELECT hash FROM previous_passwords WHERE user_id = $1 ORDER BY instant DESC, rowid DESC LIMIT $2");
    Ok(query.bind(user.to_string()).bind(count).fetch_all(database).await?)
}
