//! The database: SQLite or PostgreSQL, one schema and one set of queries.
//!
//! sqlx's `Any` driver passes `$1` through to both. It cannot carry BOOLEAN or BLOB columns or `SUM(BIGINT)`, so the
//! schema has TEXT and BIGINT only, and sums are made in Rust.

use crate::http::{error::Error as HttpError, problem::ProblemResponse};
use anyhow::Context;
use axum::http::StatusCode;
use sqlx::{AnyConnection, AnyPool, Connection, Executor, any::AnyPoolOptions};
use std::{path::Path, time::Duration};

/// Connects, and creates or updates the tables.
///
/// # Errors
/// When the database cannot be reached or does not fit this version. The message never holds the URL's password.
pub async fn open(url: &str) -> anyhow::Result<AnyPool> {
    sqlx::any::install_default_drivers();
    let kind = Kind::of(url).context("DATABASE_URL must begin with sqlite:// or postgres://")?;
    let url = match kind {
        Kind::Sqlite => sqlite_url(url)?,
        Kind::Postgres => url.to_owned(),
    };
    let cannot_open = match kind {
        Kind::Sqlite => "the SQLite file cannot be opened",
        Kind::Postgres => "PostgreSQL cannot be reached",
    };
    // The pool tries until its time is over and then says only that. One connection by itself names the cause.
    let mut first = AnyConnection::connect(&url).await.context(cannot_open)?;
    if let Kind::Sqlite = kind {
        first.execute("PRAGMA schema_version").await.context(cannot_open)?;
    }
    first.close().await.context(cannot_open)?;
    let pool = AnyPoolOptions::new()
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match kind {
                    // WAL lets readers go on while one writes; whoever finds the file locked waits instead of failing.
                    Kind::Sqlite => connection
                        .execute(
                            "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
                        )
                        .await
                        .map(drop),
                    // As long as SQLite waits: whoever waits for a lock in vain is told, before its own caller gives up.
                    Kind::Postgres => connection.execute("SET lock_timeout = '5s'").await.map(drop),
                }
            })
        })
        .connect(&url)
        .await
        .context(cannot_open)?;
    migrate(&pool).await?;
    tracing::info!(?kind, "database ready");
    Ok(pool)
}

/// PostgreSQL has a lock for this; of two processes that create the same SQLite file, one fails and finds the work done.
async fn migrate(pool: &AnyPool) -> anyhow::Result<()> {
    let migrations = sqlx::migrate!();
    if let Err(error) = migrations.run(pool).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the database's tables cannot be brought up to date; trying once more");
        migrations.run(pool).await.context("the database's tables cannot be brought up to date")?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }
}

/// Creates the file and its folder. Only this user may read the file, which holds people's names and addresses; SQLite gives the
/// files that it keeps beside it the same rights.
fn sqlite_url(url: &str) -> anyhow::Result<String> {
    let (file, query) = url.split_once('?').unwrap_or((url, ""));
    let path = file.trim_start_matches("sqlite:").trim_start_matches("//");
    if path.is_empty() || path == ":memory:" {
        anyhow::bail!("a database in memory cannot be shared between connections; name a file");
    }
    if let Some(folder) = Path::new(path).parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    }
    if query.contains("mode=") {
        return Ok(url.to_owned());
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("the SQLite file {path} cannot be opened"))?;
    Ok(format!("{file}?mode=rw{}{query}", if query.is_empty() { "" } else { "&" }))
}

impl From<sqlx::Error> for ProblemResponse {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the database refused a query");
        if is_temporary(&error) { Unavailable.into() } else { HttpError::Internal.into() }
    }
}

/// 503: the same request may succeed later.
#[derive(Debug, thiserror::Error)]
#[error("The database does not answer. Try again in a moment.")]
struct Unavailable;

impl From<Unavailable> for ProblemResponse {
    fn from(error: Unavailable) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database-unavailable", "Database unavailable", &error)
    }
}

/// Whether the fault lies in the state of the database and not in the query: it is busy, full, shutting down or unreachable.
fn is_temporary(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_temporary_code(&code)),
        _ => false,
    }
}

/// A SQLSTATE of PostgreSQL has five characters; a result code of SQLite is a shorter number, whose last byte is the kind.
fn is_temporary_code(code: &str) -> bool {
    const SQLITE: [u32; 6] = [5, 6, 8, 10, 13, 14]; // busy, locked, read-only, I/O error, full, cannot be opened
    const POSTGRES: [&str; 7] = ["08", "25006", "40", "53", "55P03", "57P", "58"]; // no connection, read-only, conflict, out of resources, locked, shutting down, system error
    match code.len() {
        5 => POSTGRES.iter().any(|it| code.starts_with(it)),
        _ => code.parse::<u32>().is_ok_and(|it| SQLITE.contains(&(it & 0xff))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{http::header, response::IntoResponse};

    #[test]
    fn a_database_that_does_not_answer_is_worth_another_try() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        for (error, status) in [(sqlx::Error::PoolTimedOut, 503), (sqlx::Error::Io(refused), 503), (sqlx::Error::RowNotFound, 500)] {
            let answer = ProblemResponse::from(error).into_response();
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers().contains_key(header::RETRY_AFTER), status == 503);
        }
    }

    #[test]
    fn a_busy_full_or_stopping_database_is_told_from_a_wrong_query() {
        for code in ["5", "261", "517", "6", "13", "10", "778", "57P01", "53100", "53300", "08006", "40001", "25006"] {
            assert!(is_temporary_code(code), "{code}");
        }
        for code in ["1", "19", "1555", "2067", "11", "26", "22021", "23505", "42P01", ""] {
            assert!(!is_temporary_code(code), "{code}");
        }
    }
}
