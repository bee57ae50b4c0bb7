//! Whether the database has been set up from a kickstart file.

use super::{DatabaseError, rows};
use sqlx::{SqliteExecutor, query, query_scalar};

/// Whether a kickstart file has been run to its end.
pub(crate) async fn is_done(database: impl SqliteExecutor<'_>) -> Result<bool, DatabaseError> {
    Ok(query_scalar("SELECT EXISTS (SELECT 1 FROM setup)").fetch_one(database).await?)
}

pub(crate) async fn set_done(database: impl SqliteExecutor<'_>, now_ms: i64) -> Result<(), DatabaseError> {
    rows(database, query("INSERT INTO setup (one, instant) VALUES (1, $1)").bind(now_ms)).await?;
    Ok(())
}

/// Empties all tables. A kickstart file that failed half-way may have filled some of them.
pub(crate) async fn clear(database: impl SqliteExecutor<'_>) -> Result<(), DatabaseError> {
    // Foreign keys require this order.
    let tables = "DELETE FROM taken_actions; DELETE FROM user_actions; DELETE FROM failed_logins; DELETE FROM previous_passwords; \
                  DELETE FROM one_time_ids; DELETE FROM refresh_tokens; DELETE FROM group_members; DELETE FROM registrations; DELETE FROM users; \
                  DELETE FROM stored_resources; DELETE FROM system_configuration; DELETE FROM applications; DELETE FROM tenants; \
                  DELETE FROM signing_keys; DELETE FROM api_keys; DELETE FROM setup";
    sqlx::raw_sql(tables).execute(database).await?;
    Ok(())
}
