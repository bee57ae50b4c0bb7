//! Transactions that write. SQLite has one writer at a time. It lets the others wait in no order, each with a connection, so that enough
//! waiting writes would leave no connection for reads. Therefore the transactions of this process wait here, in order and without a
//! connection. Single statements still wait in SQLite.

use super::is_shared;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::{collections::HashMap, time::Duration};
use tokio::{sync::OwnedMutexGuard, time::timeout};

/// The longest wait for the other transactions of this process. A wait for another process (`busy_timeout`, 5 s) may follow. Both together
/// are shorter than the default time limit of a request, so that the client learns the reason.
const LONGEST_WAIT: Duration = Duration::from_secs(4);

/// A lock for each SQLite file that this process has written to, by URL. A server has one database; a test process has many.
static LOCKS: LazyLock<Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>> = LazyLock::new(Mutex::default);

/// A transaction that writes. It is rolled back if it is dropped before `commit`.
pub struct WriteTransaction {
    /// Dropped first, so that the next write begins after it.
    transaction: Transaction<'static, Any>,
    _lock: Option<OwnedMutexGuard<()>>,
}

/// Begins a transaction that writes. In SQLite the transaction waits for other writers here (`BEGIN IMMEDIATE`). If it began with a read,
/// its later write would fail whenever another transaction had written in between. A task must end its transaction before it begins another
/// one, which would otherwise wait in vain.
///
/// # Errors
/// A database error; [`sqlx::Error::PoolTimedOut`] if other transactions of this process take too long.
pub async fn begin_write(db: &AnyPool) -> sqlx::Result<WriteTransaction> {
    if is_shared(db) {
        return Ok(WriteTransaction { transaction: db.begin().await?, _lock: None });
    }
    let url = db.connect_options().database_url.to_string();
    let lock = Arc::clone(LOCKS.lock().unwrap_or_else(PoisonError::into_inner).entry(url).or_default());
    let lock = timeout(LONGEST_WAIT, lock.lock_owned()).await.map_err(|_| sqlx::Error::PoolTimedOut)?;
    Ok(WriteTransaction { transaction: db.begin_with("BEGIN IMMEDIATE").await?, _lock: Some(lock) })
}

impl WriteTransaction {
    /// Makes the changes permanent.
    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        self.transaction.commit().await
    }
}

impl Deref for WriteTransaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for WriteTransaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}
