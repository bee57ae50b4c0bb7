use crate::{Clock, Random};
use sqlx::SqlitePool;
use tokio::sync::Mutex;

/// What every handler works on.
pub(crate) struct Instance {
    pub(crate) database: SqlitePool,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// Held while a resource is read, changed and written back, so that of two PATCHes none is lost.
    pub(crate) changes: Mutex<()>,
}
