use crate::answers::Answers;
use crate::control::Faults;
use crate::jwt::SigningKey;
use crate::mail::Outbox;
use crate::{Clock, Random};
use sqlx::SqlitePool;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Mutex;

/// What every handler works on.
pub(crate) struct Instance {
    pub(crate) database: SqlitePool,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    /// Held while a resource is read, changed and written back, so that of two PATCHes none is lost.
    pub(crate) changes: Mutex<()>,
    /// Keys that were opened already, by `kid`: reading one takes longer than signing with it.
    pub(crate) keys: std::sync::Mutex<BTreeMap<String, Arc<SigningKey>>>,
    pub(crate) outbox: Outbox,
    pub(crate) answers: RwLock<Answers>,
    /// The answers of the start, for a reset.
    pub(crate) first_answers: Answers,
    pub(crate) faults: Faults,
    /// How far the clock was advanced, in milliseconds; `clock` counts it in.
    pub(crate) advanced_ms: Arc<AtomicI64>,
    /// Requests hold it for reading, a reset for writing.
    pub(crate) resetting: tokio::sync::RwLock<()>,
    /// What a reset runs.
    pub(crate) kickstart: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Instance {
    /// How the questions that the documentation leaves open are answered now.
    pub(crate) fn answers(&self) -> Answers {
        *self.answers.read().unwrap_or_else(PoisonError::into_inner)
    }
}
