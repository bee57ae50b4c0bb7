use crate::{
    LockState, Machine, Request, SessionVersion,
    config::{CATCH_UPS, Tuning},
    operation_queue::Operation,
    token::Now,
};
use serde::{Deserialize, Serialize};

/// Waiting, without the lock, until storage shows what another tab wrote: local storage is not ordered by locks, the
/// order that comes with the lock is.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StorageLag {
    /// The newest order that any tab left.
    pub(crate) newest: SessionVersion,
    tries: usize,
    /// Not before this by itself.
    until: u64,
    /// Storage is waited for, not a request of a tab that died.
    behind: bool,
}

impl StorageLag {
    fn wait(&mut self, tuning: &Tuning, now: Now) {
        self.until = now.after(tuning.catch_up_ms.get(self.tries).copied().unwrap_or_default());
        self.tries += 1;
    }

    pub(crate) fn until(&self, now: Now) -> Option<u64> {
        Some(self.until).filter(|it| *it > now.mono_ms)
    }
}

impl Machine {
    /// Whether an operation that was granted the lock gives it back and waits: another tab has come further than storage
    /// shows, or has died with a request under way, whose answer may change the cookie jar in a moment. The wait has a
    /// bound; after it the tab goes on with what it knows, as it would where nothing keeps the order.
    pub(crate) fn waits_for_storage(&mut self, operation: Operation, lock: LockState) -> bool {
        let behind = self.storage_lag.newest > self.version();
        // A person waits for a sign-in, and it builds on nothing that storage holds.
        if !(behind || lock == LockState::Abandoned)
            || matches!(operation.request, Request::SignIn(_))
            || self.storage_lag.tries >= CATCH_UPS
        {
            return false;
        }
        self.storage_lag.behind = behind;
        self.storage_lag.wait(&self.config.tuning, self.now);
        self.end_operation(operation.id);
        self.operations.enqueue_first(operation.request);
        true
    }

    /// Storage has shown what the wait was for.
    pub(crate) fn storage_caught_up(&mut self) {
        if self.storage_lag.behind && self.storage_lag.newest <= self.version() {
            self.storage_lag.until = 0;
        }
    }

    /// The operation goes out: what was waited for in vain is given up.
    pub(crate) fn stop_waiting_for_storage(&mut self) {
        self.storage_lag = StorageLag::default();
    }
}
