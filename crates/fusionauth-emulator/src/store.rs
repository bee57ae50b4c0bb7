//! The database: one module per table, each the only place with SQL for it.

pub(crate) mod actions;
pub(crate) mod api_keys;
pub(crate) mod applications;
pub(crate) mod email_templates;
pub(crate) mod one_time_ids;
pub(crate) mod previous_passwords;
pub(crate) mod refresh_tokens;
pub(crate) mod registrations;
pub(crate) mod setup;
pub(crate) mod signing_keys;
pub(crate) mod system_configuration;
pub(crate) mod tenants;
pub(crate) mod users;

use serde::{Serialize, de::DeserializeOwned};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use std::path::Path;

/// Why the database could not answer. Never a caller's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the database refused: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the database's tables could not be made: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("a stored document could not be read: {0}")]
    Document(#[from] serde_json::Error),
}

/// What became of an insertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    Yes,
    /// A row with the same id or unique name is there already.
    Duplicate,
}

/// Opens the database; in memory without a file.
///
/// One connection serves all: SQLite writes one at a time anyway, a database in memory belongs to its connection, and
/// nothing slow (hashing, signing) happens while it is held.
pub(crate) async fn open(file: Option<&Path>) -> Result<SqlitePool, StoreError> {
    let options = match file {
        Some(file) => SqliteConnectOptions::new().filename(file).create_if_missing(true).journal_mode(SqliteJournalMode::Wal),
        None => SqliteConnectOptions::new().in_memory(true),
    };
    let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect_with(options.foreign_keys(true)).await?;
    sqlx::migrate!("./migrations").run(&pool).await?;
    Ok(pool)
}

fn read<T: DeserializeOwned>(document: &str) -> Result<T, StoreError> {
    Ok(serde_json::from_str(document)?)
}

fn written<T: Serialize>(document: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(document)?)
}

fn inserted(result: Result<sqlx::sqlite::SqliteQueryResult, sqlx::Error>) -> Result<Inserted, StoreError> {
    match result {
        Ok(_) => Ok(Inserted::Yes),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Inserted::Duplicate),
        Err(error) => Err(error.into()),
    }
}
