//! Requests and frees the cross-tab lock of an operation. The lock is also freed when the page enters the
//! back/forward cache, where a frozen page could not free it.

use super::Driver;
use crate::{browser::page::Page, fusionauth::REQUEST_LIMIT_MS};
use fusionauth_session::{Event, LockState, OperationId, SessionVersion};
use std::cell::Cell;

/// This page's use of the cross-tab lock. A page that was left may be frozen in the back/forward cache for minutes, so it
/// must not hold the lock.
#[derive(Default)]
pub(super) struct PageLock {
    /// The operation that waits for the lock. It keeps waiting while the page is in the back/forward cache. The driver requests the lock
    /// again when the page is restored.
    waiting: Cell<Option<OperationId>>,
    /// The operation that holds the lock.
    holder: Cell<Option<OperationId>>,
    /// Whether the page is between `pagehide` and `pageshow`.
    away: Cell<bool>,
}

/// How long an operation waits for the lock: longer than the time limit of any request, so that a waiting tab never
/// overtakes a request that may still set a cookie.
const LOCK_WAIT_MS: u32 = REQUEST_LIMIT_MS as u32 + 5_000;

impl Driver {
    pub(super) fn lock(&self, id: OperationId) {
        self.lock.waiting.set(Some(id));
        if !self.lock.away.get() {
            self.with_page(|it| it.lock(LOCK_WAIT_MS));
        }
    }

    /// Called with the answer to a request for the lock.
    pub(super) fn locked(&'static self, lock: LockState) {
        let Some(id) = self.lock.waiting.take() else { return };
        if lock != LockState::Unavailable {
            self.lock.holder.set(Some(id));
        }
        let version = self.page.borrow().as_ref().map(Page::version_left).unwrap_or_default();
        self.dispatch(Event::Locked(id, lock, self.store.read(), version));
    }

    /// Frees the lock, if this operation holds it. If its request was sent, first stores this version for the next holder.
    pub(super) fn unlock(&self, id: OperationId, version: SessionVersion) {
        if self.holds_lock(id) {
            self.lock.holder.take();
            self.with_page(|it| it.unlock(version));
        }
    }

    /// Stores a note that a request is under way. If this tab dies, the next holder of the lock finds the note. Returns whether the request
    /// may still be sent: a page that was left has lost the lock, perhaps for minutes, and a late logout could end a newer session.
    pub(super) async fn note_request(&self, id: OperationId) -> bool {
        if !self.holds_lock(id) {
            return true;
        }
        let Some(written) = self.page.borrow().as_ref().map(Page::note_request) else { return false };
        let _ = written.await;
        self.holds_lock(id)
    }

    /// Called when the user leaves the page. Frees the lock, or stops waiting for it. Chromium would grant the lock even to a page in the
    /// back/forward cache. It discards that page only when another tab requests the lock later, and tabs that already waited still do not
    /// get the lock (Chromium 156, after 30 seconds). The note that a request is under way remains in the database.
    pub(super) fn leave(&self) {
        self.lock.away.set(true);
        self.lock.holder.take();
        self.with_page(Page::leave);
    }

    pub(super) fn come_back(&self) {
        self.lock.away.set(false);
        if let Some(id) = self.lock.waiting.get() {
            self.lock(id);
        }
    }

    fn holds_lock(&self, id: OperationId) -> bool {
        self.lock.holder.get() == Some(id)
    }
}
