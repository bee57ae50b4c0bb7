//! Waits until local storage shows what another tab has written. A lock does not order reads and writes of local storage: a
//! tab that gets the lock may not see the previous holder's new record yet.

use crate::{
    LockState, Machine, Request, SessionVersion,
    config::{CATCH_UPS, Tuning},
    operation_queue::Operation,
    token::Now,
};
use serde::{Deserialize, Serialize};

/// The state of the wait. With the lock, a tab gets the newest session version, which storage may not show yet.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct StorageLag {
    /// The newest version that any tab has left.
    pub(crate) newest: SessionVersion,
    tries: usize,
    /// No operation starts before this monotonic time, unless storage catches up.
    until: u64,
    /// Whether the tab waits for storage. Otherwise it waits for the request of a tab that died.
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
    /// Decides whether an operation must free the lock and wait. It must if storage does not show the newest version yet. It
    /// also must if a tab died while its request was in flight, because the answer may still change the cookies. The wait is
    /// bounded. After it the tab continues with the version that it knows, as in a browser without IndexedDB.
    pub(crate) fn waits_for_storage(&mut self, operation: Operation, lock: LockState) -> bool {
        let behind = self.storage_lag.newest > self.version();
        // A sign-in does not wait, because a user waits for it and it does not depend on stored data.
        if !(behind || lock == LockState::Abandoned)
            || matches!(operation.request, Request::SignIn(_))
            || self.storage_lag.tries >= CATCH_UPS
        {
            return false;
        }
        self.storage_lag.behind = behind;
        self.storage_lag.wait(&self.config.tuning, self.now);
        self.end_operation(operation.id);
        true
    }

    /// Ends the wait if storage shows the newest version.
    pub(crate) fn storage_caught_up(&mut self) {
        if self.storage_lag.behind && self.storage_lag.newest <= self.version() {
            self.storage_lag.until = 0;
        }
    }

    /// Ends the wait when the operation is sent, even if storage has not caught up.
    pub(crate) fn stop_waiting_for_storage(&mut self) {
        self.storage_lag = StorageLag::default();
    }
}
