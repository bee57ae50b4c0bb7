//! The database: SQLite or PostgreSQL, one schema and one set of queries.
//!
//! sqlx's `Any` driver passes `$1` through to both. It cannot carry BOOLEAN or BLOB columns or `SUM(BIGINT)`, so the
//! schema has TEXT and BIGINT only, and sums are made in Rust.

use anyhow::Context;
use sqlx::{AnyPool, Executor, any::AnyPoolOptions};
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
        .context(match kind {
            Kind::Sqlite => "the SQLite file cannot be opened",
            Kind::Postgres => "PostgreSQL cannot be reached",
        })?;
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

/// Creates the file's folder, and has SQLite create the file.
fn sqlite_url(url: &str) -> anyhow::Result<String> {
    let (file, query) = url.split_once('?').unwrap_or((url, ""));
    let path = file.trim_start_matches("sqlite:").trim_start_matches("//");
    if path.is_empty() || path == ":memory:" {
        anyhow::bail!("a database in memory cannot be shared between connections; name a file");
    }
    if let Some(folder) = Path::new(path).parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    }
    Ok(if query.contains("mode=") { url.to_owned() } else { format!("{file}?mode=rwc{}{query}", if query.is_empty() { "" } else { "&" }) })
}
