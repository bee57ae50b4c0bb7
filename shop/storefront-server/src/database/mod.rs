//! Opens the database, SQLite or PostgreSQL, brings its tables up to date, and decides which of its errors are temporary.
//!
//! Both databases have the same schema and the same queries, through sqlx's `Any` driver. The driver can read no BOOLEAN and BLOB columns
//! and no `SUM(BIGINT)`, so the schema uses only TEXT and BIGINT, and sums are computed in Rust. The full-text indexes are the one
//! exception: each database creates and queries them in its own way.

use anyhow::Context;
use sqlx::migrate::Migrator;
use sqlx::{AnyConnection, AnyPool, Connection, Executor, any::AnyPoolOptions};
use std::{path::Path, time::Duration};

mod write_transaction;

pub use write_transaction::{WriteTransaction, begin_write};

/// The maximum number of connections of a process by default.
pub const CONNECTIONS: u32 = 10;

/// Connects to the database with at most [`CONNECTIONS`] connections. Tools and tests call this function.
///
/// # Errors
/// The same as those of [`open_with`].
pub async fn open(url: &str) -> anyhow::Result<AnyPool> {
    open_with(url, CONNECTIONS).await
}

/// Connects to the database with at most this many connections, and creates or updates its tables.
///
/// # Errors
/// The database cannot be reached, or its tables do not fit this version of the server. The message never contains the password in the URL.
pub async fn open_with(url: &str, connections: u32) -> anyhow::Result<AnyPool> {
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
    // A pool that cannot connect reports a time-out and no cause. A single connection reports the cause.
    let mut first = AnyConnection::connect(&url).await.context(cannot_open)?;
    // SQLite reads the file only at the first statement.
    if let Kind::Sqlite = kind {
        first.execute("PRAGMA schema_version").await.context(cannot_open)?;
    }
    first.close().await.context(cannot_open)?;
    let pool = AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                match kind {
                    // With a write-ahead log, readers do not wait for a writer. A writer that finds the file locked waits for at most 5 s.
                    Kind::Sqlite => connection
                        .execute(
                            "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
                        )
                        .await
                        .map(drop),
                    Kind::Postgres => connection.execute(SESSION_SETTINGS).await.map(drop),
                }
            })
        })
        // SQLite ends a transaction by itself when its disk is full. The driver's own ROLLBACK then fails, and the driver assumes forever
        // that the connection has an open transaction. This check discards such a connection.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect(&url)
        .await
        .context(cannot_open)?;
    migrate(&pool, kind).await?;
    tracing::info!(?kind, "database ready");
    Ok(pool)
}

/// Brings the tables up to date. If two processes create the same SQLite file at once, one of them fails. That process tries again, and
/// then finds the tables complete. On PostgreSQL a lock prevents the failure.
async fn migrate(pool: &AnyPool, kind: Kind) -> anyhow::Result<()> {
    let (migrations, mut connection) = (migrations(kind), pool.acquire().await?);
    if let Kind::Postgres = kind {
        // A migration may take longer than any request, and this instance may have to wait while another one migrates.
        connection.execute("SET lock_timeout = 0; SET statement_timeout = 0").await?;
    }
    if let Err(error) = migrations.run(&mut *connection).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the database's tables cannot be brought up to date; trying once more");
        migrations.run(&mut *connection).await.context("the database's tables cannot be brought up to date")?;
    }
    if let Kind::Postgres = kind {
        connection.execute(SESSION_SETTINGS).await?;
    }
    Ok(())
}

/// The migrations that both databases share, and then those for this kind of database only, because full-text indexes have no common SQL.
fn migrations(kind: Kind) -> Migrator {
    let own = match kind {
        Kind::Sqlite => sqlx_macros::migrate!("migrations/sqlite"),
        Kind::Postgres => sqlx_macros::migrate!("migrations/postgres"),
    };
    Migrator::with_migrations(sqlx_macros::migrate!().iter().chain(own.iter()).cloned().collect())
}

/// The settings of each connection to PostgreSQL. A wait for a lock ends after the same time as in SQLite, and a statement ends before the
/// usual time limit of a request. The third timeout frees the rows that an abandoned transaction has locked. JIT compilation is off,
/// because it takes longer than any of our statements.
const SESSION_SETTINGS: &str =
    "SET lock_timeout = '5s'; SET statement_timeout = '8s'; SET idle_in_transaction_session_timeout = '30s'; SET jit = off";

/// Runs a transaction, and retries it if PostgreSQL has rolled it back because of a conflict with another transaction.
///
/// # Errors
/// An error of the transaction, or a conflict in all four attempts.
pub async fn retried<T, E: MayBeConflict, F: Future<Output = Result<T, E>>>(transaction: impl Fn() -> F) -> Result<T, E> {
    for _ in 1..TRIES {
        match transaction().await {
            Err(error) if error.is_conflict() => tracing::debug!("a transaction is repeated after a conflict"),
            result => return result,
        }
    }
    transaction().await
}

/// The maximum number of attempts of a transaction that the database rolls back because of a conflict.
const TRIES: usize = 4;

/// An error of a transaction.
pub trait MayBeConflict {
    /// Whether the database rolled the transaction back because of a conflict with another one, so that an immediate retry may succeed.
    fn is_conflict(&self) -> bool;
}

impl MayBeConflict for sqlx::Error {
    fn is_conflict(&self) -> bool {
        const SERIALIZATION_FAILURE: &str = "40001";
        const DEADLOCK: &str = "40P01";
        matches!(self, Self::Database(error) if matches!(error.code().as_deref(), Some(SERIALIZATION_FAILURE | DEADLOCK)))
    }
}

/// Whether several instances may use this database at once: PostgreSQL. A SQLite file belongs to one process.
pub fn is_shared(db: &AnyPool) -> bool {
    db.connect_options().database_url.scheme().starts_with("postgres")
}

/// Does `work`, a part of the purge. Waits until no other instance does such work.
pub(crate) async fn with_purge_lock<T>(db: &AnyPool, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    if !is_shared(db) {
        return work.await;
    }
    // PostgreSQL releases the lock when the transaction ends, and so also when this process ends.
    let mut lock = db.begin().await?;
    // `sqlx` does not know the type of a function without a result, so the function is not in the list of columns.
    let take = sqlx::query("SELECT 1 FROM pg_advisory_xact_lock(hashtext(current_schema()), $1)");
    take.bind(PURGE_LOCK).execute(&mut *lock).await?;
    let done = work.await?;
    lock.commit().await?;
    Ok(done)
}

/// The number of the purge's lock. An advisory lock of PostgreSQL has two numbers and no name. The first number is the hash of the schema's
/// name, and this is the second.
const PURGE_LOCK: i32 = 1;

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

/// Creates the file and its folder unless they exist, makes the file private, and returns the URL for sqlx.
fn sqlite_url(url: &str) -> anyhow::Result<String> {
    let (file, query) = url.split_once('?').unwrap_or((url, ""));
    let path = file.trim_start_matches("sqlite:").trim_start_matches("//");
    if path.is_empty() || path == ":memory:" {
        anyhow::bail!("a database in memory cannot be shared between connections; name a file");
    }
    if let Some(folder) = Path::new(path).parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be created", folder.display()))?;
    }
    // With `mode=`, the operator has decided how SQLite opens or creates the file.
    if query.contains("mode=") {
        return Ok(url.to_owned());
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("the SQLite file {path} cannot be opened"))?;
    make_private(path);
    Ok(format!("{file}?mode=rw{}{query}", if query.is_empty() { "" } else { "&" }))
}

/// Makes the file, and the log files that SQLite keeps next to it, unreadable for other users of this machine, because the files contain
/// people's names and postal addresses. A log file that SQLite creates later gets the permissions of the database file.
fn make_private(path: &str) {
    #[cfg(unix)]
    for file in [path.to_owned(), format!("{path}-wal"), format!("{path}-shm")] {
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        match std::fs::set_permissions(&file, private) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(file, %error, "other users of this machine may be able to read the database");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// Whether the query failed because of the state of the database: it is busy, full, damaged, shutting down or unreachable.
pub(crate) fn is_temporary(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| is_temporary_code(&code)),
        _ => false,
    }
}

/// Whether this code of PostgreSQL or SQLite means a temporary error. A SQLSTATE of PostgreSQL has five characters. A result code of SQLite
/// is a shorter number, whose last byte is the primary code.
fn is_temporary_code(code: &str) -> bool {
    const SQLITE: [u32; 8] = [5, 6, 8, 10, 11, 13, 14, 26]; // busy, locked, read-only, I/O error, damaged, full, not opened, not a database
    const POSTGRES: [&str; 8] = ["08", "25006", "40", "53", "55P03", "57", "58", "XX"]; // no connection, read-only, conflict, full, locked, stopped, system, damaged
    match code.len() {
        5 => POSTGRES.iter().any(|it| code.starts_with(it)),
        _ => code.parse::<u32>().is_ok_and(|it| SQLITE.contains(&(it & 0xff))),
    }
}

/// A new database in its own folder. Dropping the first value deletes the folder.
#[cfg(test)]
pub(crate) async fn open_temporary() -> (tempfile::TempDir, AnyPool) {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&format!("sqlite://{}", folder.path().join("test.sqlite").display())).await.unwrap();
    (folder, db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_error_of_the_database_is_distinguished_from_a_wrong_query() {
        for code in [
            "5", "261", "517", "6", "13", "10", "778", "11", "267", "26", "57P01", "57014", "53100", "53300", "08006", "40001", "25006",
            "XX001",
        ] {
            assert!(is_temporary_code(code), "{code}");
        }
        for code in ["1", "19", "1555", "2067", "22021", "23505", "42P01", ""] {
            assert!(!is_temporary_code(code), "{code}");
        }
    }

    #[tokio::test]
    async fn a_full_database_is_unavailable() {
        let (_folder, db) = open_temporary().await;
        let mut connection = db.acquire().await.unwrap();
        connection.execute("PRAGMA max_page_count = 1").await.unwrap(); // the database cannot grow
        let post = sqlx::query("INSERT INTO posts (id, author_id, body, created_at) VALUES ('1', '1', $1, 1)");
        let error = post.bind("x".repeat(1_000_000)).execute(&mut *connection).await.unwrap_err();
        assert!(is_temporary(&error), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_others_could_read_is_made_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("private.sqlite");
        let readable = || std::fs::Permissions::from_mode(0o644);
        let url = format!("sqlite://{}", file.display());
        open(&url).await.unwrap().close().await;
        std::fs::set_permissions(&file, readable()).unwrap();
        let log = format!("{}-wal", file.display());
        std::fs::write(&log, "").unwrap();
        std::fs::set_permissions(&log, readable()).unwrap();
        let _db = open(&url).await.unwrap();
        for path in [file.as_path(), Path::new(&log)] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
        }
    }
}
