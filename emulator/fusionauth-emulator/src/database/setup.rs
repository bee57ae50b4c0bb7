//! Whether the database has been set up from a kickstart file.

use super::{DatabaseError, run};
use sqlx::{SqliteExecutor, query, query_scalar};

/// Whether a kickstart file has been run to its end.
pub(crate) async fn is_done(database: impl SqliteExecutor<'_>) -> Result<bool, DatabaseError> {
    Ok(query_scalar("SELECT EXISTS (SELECT 1 FROM setup)").fetch_one(database).await?)
}

pub(crate) async fn set_done(database: impl SqliteExecutor<'_>, now_ms: i64) -> Result<(), DatabaseError> {
    run(database, query("INSERT INTO setup (one, instant) VALUES (1, $1)").bind(now_ms)).await
}

/// Empties all tables. A kickstart file that failed half-way may have filled some of them.
pub(crate) async fn clear(database: impl SqliteExecutor<'_>) -> Result<(), DatabaseError> {
    // `setup` comes first: if the process is killed in between, the next start sets the database up again. Foreign keys require the order
    // of the others.
    let tables = "DELETE FROM setup; DELETE FROM taken_actions; DELETE FROM user_actions; DELETE FROM failed_logins; DELETE FROM previous_passwords; \
                  DELETE FROM one_time_ids; DELETE FROM refresh_tokens; DELETE FROM group_members; DELETE FROM registrations; DELETE FROM users; \
                  DELETE FROM stored_resources; DELETE FROM system_configuration; DELETE FROM applications; DELETE FROM tenants; \
                  DELETE FROM signing_keys; DELETE FROM api_keys";
    sqlx::raw_sql(tables).execute(database).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{api_keys, open};
    use crate::model::ApiKeyLimits;
    use crate::state::OpaqueToken;

    #[tokio::test]
    async fn a_database_that_was_emptied_only_in_part_is_set_up_again() -> Result<(), DatabaseError> {
        let database = open(None).await?;
        set_done(&database, 0).await?;
        api_keys::insert(&database, &OpaqueToken::from_request("key"), &ApiKeyLimits::default()).await?;
        // The trigger stands for the end of the process between two statements.
        let trigger = "CREATE TRIGGER kill BEFORE DELETE ON api_keys BEGIN SELECT RAISE(ABORT, 'killed'); END";
        sqlx::raw_sql(trigger).execute(&database).await?;
        assert!(clear(&database).await.is_err());
        assert!(!is_done(&database).await?);
        Ok(())
    }
}
