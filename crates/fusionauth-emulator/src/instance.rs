use crate::{Clock, Random};
use sqlx::SqlitePool;

/// What every handler works on.
pub(crate) struct Instance {
    pub(crate) database: SqlitePool,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
}
