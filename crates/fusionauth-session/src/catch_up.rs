use crate::{
    LockState, Machine, Request, SessionVersion,
    config::{CATCH_UPS, Tuning},
    jar::Operation,
    token::Now,
};

/// Waiting, without the lock, until storage shows what another tab wrote: local storage is not ordered by locks, the
/// order that comes with the lock is.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct CatchUp {
    /// The newest order that any tab left.
    pub(crate) newest: SessionVersion,
    tries: usize,
    /// Not before this by itself.
    until: u64,
    /// Storage is waited for, not a request of a tab that died.
    behind: bool,
}

impl CatchUp {
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
        let behind = self.catch_up.newest > self.version();
        // A person waits for a sign-in, and it builds on nothing that storage holds.
        if !(behind || lock == LockState::Abandoned) || matches!(operation.request, Request::SignIn(_)) || self.catch_up.tries >= CATCH_UPS
        {
            return false;
        }
        self.catch_up.behind = behind;
        self.catch_up.wait(&self.config.tuning, self.now);
        self.end_operation(operation.id);
        self.jar.enqueue_first(operation.request);
        true
    }

    /// Storage has shown what the wait was for.
    pub(crate) fn caught_up(&mut self) {
        if self.catch_up.behind && self.catch_up.newest <= self.version() {
            self.catch_up.until = 0;
        }
    }

    /// The operation goes out: what was waited for in vain is given up.
    pub(crate) fn wait_is_over(&mut self) {
        self.catch_up = CatchUp::default();
    }
}
