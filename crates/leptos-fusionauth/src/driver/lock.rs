//! Requests, holds and frees the cross-tab lock of an operation. The lock is also freed when the page enters the
//! back/forward cache, where a frozen page could not free it.

use super::Driver;
use crate::{
    browser::{
        lock_note::LockNote,
        locks::{self, LockRequest},
    },
    fusionauth::REQUEST_LIMIT_MS,
};
use fusionauth_session::{Event, LockState, OperationId, SessionVersion};
use std::cell::Cell;
use wasm_bindgen_futures::spawn_local;

/// The lock as this page uses it. A page that was left may be frozen in the back/forward cache for minutes, so it must
/// hold nothing that other tabs wait for.
#[derive(Default)]
pub(super) struct PageLock {
    holder: Cell<Option<LockHolder>>,
    /// Frees the lock when dropped.
    held_request: Cell<Option<LockRequest>>,
    /// The next request for the lock. It waits, because the previous one may hold the lock until its note is written.
    queued_request: Cell<Option<LockRequest>>,
    /// How many times the page was left. Work that was begun before the last time is void.
    departures: Cell<u32>,
    /// Whether the page is between `pagehide` and `pageshow`.
    away: Cell<bool>,
    /// Requests the lock again when the page is restored.
    postponed: Cell<Option<OperationId>>,
}

/// The operation that holds the lock.
#[derive(Clone, Copy)]
struct LockHolder {
    id: OperationId,
    /// The note that the previous holder of the lock left.
    version: SessionVersion,
    /// Whether the operation's request was sent.
    sent: bool,
}

/// Longer than the time limit of any request, so that a waiting tab never overtakes a request that may still set a
/// cookie.
const LOCK_WAIT_MS: i32 = REQUEST_LIMIT_MS + 5_000;

impl PageLock {
    /// Frees the lock, or stops waiting for it. Returns whether it was held.
    pub(super) fn give_up(&self) -> bool {
        self.held_request.take();
        self.queued_request.take();
        self.holder.take().is_some()
    }

    fn holder(&self, id: OperationId) -> Option<LockHolder> {
        self.holder.get().filter(|it| it.id == id)
    }

    fn free(&self, id: OperationId) {
        if self.holder(id).is_some() {
            self.holder.take();
            self.held_request.take();
        }
    }
}

impl Driver {
    /// Called when the page is left. The page then neither keeps the lock nor waits for it, and requests it again when
    /// it is restored.
    pub(super) fn lock(&'static self, id: OperationId) {
        if self.lock.away.get() {
            return self.lock.postponed.set(Some(id));
        }
        let departures = self.lock.departures.get();
        let request = LockRequest::take(self.store.key(), LOCK_WAIT_MS, &self.lock_notes);
        let granted = request.granted();
        self.lock.queued_request.set(Some(request));
        spawn_local(async move {
            let note = locks::note(granted.await);
            if self.lock.departures.get() != departures {
                self.lock_notes.close();
                return self.lock(id);
            }
            let lock = match note {
                Some(LockNote { under_way: true, .. }) => LockState::Abandoned,
                Some(_) => LockState::Held,
                None => LockState::Unavailable,
            };
            let version = note.unwrap_or_default().version;
            if lock != LockState::Unavailable {
                self.lock.holder.set(Some(LockHolder { id, version, sent: false }));
                self.lock.held_request.set(self.lock.queued_request.take());
            }
            self.dispatch(Event::Locked(id, lock, self.store.read(), version));
        });
    }

    /// Frees the lock when the session version is stored.
    pub(super) fn unlock(&'static self, id: OperationId, version: SessionVersion) {
        if self.lock.holder(id).is_none_or(|it| !it.sent) {
            return self.lock.free(id);
        }
        spawn_local(async move {
            let _ = self.lock_notes.write(LockNote { version, under_way: false }).await;
            self.lock.free(id);
        });
    }

    /// Stores a note that a request is under way, so that the next holder of the lock knows if this tab has died during
    /// it. Returns whether the request may still be sent: a page that was left meanwhile has lost the lock, perhaps for
    /// minutes, and a late logout could end a newer session.
    pub(super) async fn note_request(&self, id: OperationId) -> bool {
        let Some(holder) = self.lock.holder(id) else { return true };
        self.lock.holder.set(Some(LockHolder { sent: true, ..holder }));
        let _ = self.lock_notes.write(LockNote { version: holder.version, under_way: true }).await;
        self.lock.holder(id).is_some()
    }

    /// Frees what other tabs would wait for. Chromium grants the lock to a page in the back/forward cache, too, and
    /// ends the page only when another tab asks later; even then it grants the lock to none of those who wait (Chromium
    /// 156, still so after 30 seconds). The note still says that a request is under way.
    pub(super) fn leave(&self) {
        self.lock.away.set(true);
        self.lock.departures.set(self.lock.departures.get() + 1);
        self.lock.give_up();
        self.lock_notes.close();
    }

    pub(super) fn come_back(&'static self) {
        self.lock.away.set(false);
        if let Some(id) = self.lock.postponed.take() {
            self.lock(id);
        }
    }
}
