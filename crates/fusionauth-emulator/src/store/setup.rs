use super::StoreError;
use sqlx::SqlitePool;

/// Whether a kickstart has run to its end.
pub(crate) async fn is_done(database: &SqlitePool) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM setup)").fetch_one(database).await?)
}

pub(crate) async fn done(database: &SqlitePool, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO setup (one, instant) VALUES (1, $1)").bind(now_ms).execute(database).await?;
    Ok(())
}

/// Forgets everything: what a kickstart that failed half-way left behind.
pub(crate) async fn clear(database: &SqlitePool) -> Result<(), StoreError> {
    // In the order that foreign keys ask for.
    let tables = "DELETE FROM taken_actions; DELETE FROM user_actions; DELETE FROM failed_logins; DELETE FROM previous_passwords; \
                  DELETE FROM one_time_ids; DELETE FROM refresh_tokens; DELETE FROM registrations; DELETE FROM users; \
                  DELETE FROM email_templates; DELETE FROM system_configuration; DELETE FROM applications; DELETE FROM tenants; \
                  DELETE FROM signing_keys; DELETE FROM api_keys; DELETE FROM setup";
    sqlx::raw_sql(tables).execute(database).await?;
    Ok(())
}
