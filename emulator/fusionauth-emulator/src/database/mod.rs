//! The SQLite database. Each module has the SQL for one table, or for a few tables that belong together.
//!
//! Functions take the pool or a transaction. Resources are stored as FusionAuth's JSON documents.

pub(crate) mod api_keys;
pub(crate) mod applications;
pub(crate) mod device_codes;
pub(crate) mod group_members;
pub(crate) mod one_time_ids;
pub(crate) mod passkeys;
pub(crate) mod previous_passwords;
pub(crate) mod refresh_tokens;
pub(crate) mod registrations;
pub(crate) mod setup;
pub(crate) mod signing_keys;
pub(crate) mod stored_resources;
pub(crate) mod system_configuration;
pub(crate) mod tenants;
pub(crate) mod user_actions;
pub(crate) mod users;

use crate::model::without_effect;
use crate::state::request;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::query::{Query, QueryScalar};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Sqlite, SqliteExecutor, SqlitePool};
use std::io;
use std::path::Path;

/// An error of the database. The caller of the API causes none but the last.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error("the database reported an error: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the database's file could not be made private: {0}")]
    File(#[from] io::Error),
    #[error("the database's tables could not be created: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("a stored document could not be read: {0}")]
    Document(#[from] serde_json::Error),
    #[error(transparent)]
    WithoutEffect(#[from] request::WithoutEffect),
}

/// Whether a row was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Written {
    Yes,
    /// Another row has the same id or unique name.
    Duplicate,
}

/// Opens the database, which is in memory if `file` is `None`.
///
/// One connection serves all requests. SQLite allows only one writer at a time anyway, a database in memory exists only within its
/// connection, and the emulator hashes no password while a transaction is open.
pub(crate) async fn open(file: Option<&Path>) -> Result<SqlitePool, DatabaseError> {
    let options = match file {
        Some(file) => {
            make_private(file)?;
            SqliteConnectOptions::new().filename(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal)
        }
        None => SqliteConnectOptions::new().in_memory(true),
    };
    let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    // By default the pool tests a connection before each use, and drops the connection if the test is cancelled, for example because a
    // client closes its own connection. A database in memory would be lost with the connection.
    let pool = pool.test_before_acquire(false);
    let pool = pool.connect_with(options.foreign_keys(true)).await?;
    sqlx_macros::migrate!("./migrations").run(&pool).await?;
    Ok(pool)
}

/// Creates the file and its folder if they are missing. Only the user who runs the emulator can read them, because the file contains
/// private keys. SQLite creates its other files, next to this file, with the same mode.
#[cfg(unix)]
pub(crate) fn make_private(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
    if let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    // `mode` above applies only to a new file.
    opened.set_permissions(std::fs::Permissions::from_mode(0o600))
}

/// Like the function for Unix, except that the permissions of the folder decide who can read the file.
#[cfg(not(unix))]
pub(crate) fn make_private(file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::OpenOptions::new().append(true).create(true).open(file).map(drop)
}

/// The one document that a query selects, if it selects any.
async fn document<T: DeserializeOwned>(
    database: impl SqliteExecutor<'_>,
    query: QueryScalar<'_, Sqlite, String, SqliteArguments>,
) -> Result<Option<T>, DatabaseError> {
    query.fetch_optional(database).await?.map(|it| from_json(&it)).transpose()
}

/// All documents that a query selects.
async fn documents<T: DeserializeOwned>(
    database: impl SqliteExecutor<'_>,
    query: QueryScalar<'_, Sqlite, String, SqliteArguments>,
) -> Result<Vec<T>, DatabaseError> {
    query.fetch_all(database).await?.iter().map(|it| from_json(it)).collect()
}

/// Runs a statement.
async fn run(database: impl SqliteExecutor<'_>, query: Query<'_, Sqlite, SqliteArguments>) -> Result<(), DatabaseError> {
    changes(database, query).await.map(drop)
}

/// Runs a statement, and returns whether it changed a row.
async fn changes(database: impl SqliteExecutor<'_>, query: Query<'_, Sqlite, SqliteArguments>) -> Result<bool, DatabaseError> {
    Ok(query.execute(database).await?.rows_affected() > 0)
}

/// Runs an INSERT or UPDATE that may violate a unique column.
async fn write(database: impl SqliteExecutor<'_>, query: Query<'_, Sqlite, SqliteArguments>) -> Result<Written, DatabaseError> {
    match query.execute(database).await {
        Ok(_) => Ok(Written::Yes),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Written::Duplicate),
        Err(error) => Err(error.into()),
    }
}

fn from_json<T: DeserializeOwned>(document: &str) -> Result<T, DatabaseError> {
    Ok(serde_json::from_str(document)?)
}

/// The document as it is stored. The request that writes it learns which of its members have no effect.
fn to_json<T: Serialize>(document: &T) -> Result<String, DatabaseError> {
    let value = serde_json::to_value(document)?;
    request::note_without_effect(|| without_effect(document, &value))?;
    Ok(value.to_string())
}

fn uuid(text: &str) -> Result<uuid::Uuid, DatabaseError> {
    text.parse().map_err(|error: uuid::Error| sqlx::Error::Decode(error.into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_database_in_memory_outlives_requests_that_are_given_up() -> Result<(), DatabaseError> {
        let database = open(None).await?;
        for _ in 0..100 {
            let _ = tokio::time::timeout(Duration::ZERO, database.acquire()).await;
            tokio::task::yield_now().await;
        }
        sqlx::query("SELECT id FROM tenants").fetch_all(&database).await?;
        Ok(())
    }

    /// Before the column for phone numbers, a number was any text, and several users could have it.
    #[tokio::test]
    async fn a_database_with_equal_phone_numbers_opens() -> Result<(), DatabaseError> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("database.sqlite");
        let older = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file).create_if_missing(true)).await?;
        let mut migrator = sqlx_macros::migrate!("./migrations");
        migrator.migrations = migrator.iter().filter(|it| it.version < 9).cloned().collect::<Vec<_>>().into();
        migrator.run(&older).await?;
        sqlx::query("INSERT INTO tenants (id, document) VALUES ('t', '{}')").execute(&older).await?;
        let numbers = ["+4930123456", "+49 30 123456", "", "", "call me", "+13035551212"];
        for (id, number) in numbers.into_iter().enumerate() {
            let insert = sqlx::query("INSERT INTO users (id, tenant_id, document) VALUES ($1, 't', json_object('phoneNumber', $2))");
            insert.bind(id.to_string()).bind(number).execute(&older).await?;
        }
        older.close().await;
        let database = open(Some(&file)).await?;
        let select = "SELECT id || ' ' || phone_number FROM users WHERE phone_number = document ->> '$.phoneNumber' ORDER BY id";
        let kept: Vec<String> = sqlx::query_scalar(select).fetch_all(&database).await?;
        assert_eq!(kept, ["0 +4930123456", "5 +13035551212"]);
        let raw = sqlx::query("SELECT id FROM users WHERE phone_number IS NULL AND document ->> '$.phoneNumber' NOT NULL");
        assert!(raw.fetch_all(&database).await?.is_empty());
        Ok(())
    }
}
