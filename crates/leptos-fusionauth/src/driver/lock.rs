//! The lock of an operation, from its wish to its end.

use super::Driver;
use crate::{
    browser::{
        locks::{self, LockGuard},
        ordering::Mark,
        presence::Place,
    },
    fusionauth::REQUEST_LIMIT_MS,
};
use fusionauth_session::{Event, Lock, OperationId, Order};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// A lock that is held for an operation.
pub(super) struct Held {
    id: OperationId,
    _guard: LockGuard,
    /// What the last holder left.
    order: Order,
    /// The operation's request was sent.
    sent: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Noted {
    MaySend,
    /// The page was left meanwhile, maybe for minutes: what the request was decided by no longer holds. A late logout would
    /// end what somebody has begun since.
    LockLost,
}

/// Longer than any request is waited for, so that a waiting tab never overtakes a request that may still set a cookie.
const LOCK_WAIT_MS: u64 = REQUEST_LIMIT_MS + 5_000;

impl Driver {
    /// A page that is left takes neither the lock nor a place in its queue with it; when it comes back, it asks anew.
    pub(super) fn lock(self: &Rc<Self>, id: OperationId) {
        let driver = self.clone();
        spawn_local(async move {
            let granted = loop {
                match driver.presence.while_here(driver.acquire()).await {
                    Some(granted) => break granted,
                    None => driver.presence.until(Place::Here).await,
                }
            };
            let (lock, order) = match granted {
                Some((guard, Mark { order, under_way })) => {
                    driver.locks.borrow_mut().push(Held { id, _guard: guard, order, sent: false });
                    (if under_way { Lock::Inherited } else { Lock::Held }, order)
                }
                None => (Lock::Unavailable, Order::default()),
            };
            driver.dispatch(Event::Locked(id, lock, driver.store.read(), order));
        });
    }

    /// The lock, and what its last holder left.
    async fn acquire(&self) -> Option<(LockGuard, Mark)> {
        let guard = locks::acquire(self.store.key(), LOCK_WAIT_MS).await?;
        Some((guard, self.ordering.read().await))
    }

    /// Frees the lock once the order is noted.
    pub(super) fn unlock(self: &Rc<Self>, id: OperationId, order: Order) {
        let sent = self.locks.borrow().iter().any(|it| it.id == id && it.sent);
        if !sent {
            return self.free(id);
        }
        let driver = self.clone();
        spawn_local(async move {
            driver.ordering.write(Mark { order, under_way: false }).await;
            driver.free(id);
        });
    }

    fn free(&self, id: OperationId) {
        self.locks.borrow_mut().retain(|it| it.id != id);
    }

    /// Notes that a request is under way, so that the next holder of the lock knows if this tab dies meanwhile.
    pub(super) async fn note_sending(&self, id: OperationId) -> Noted {
        let order = self.locks.borrow_mut().iter_mut().find(|it| it.id == id).map(|it| {
            it.sent = true;
            it.order
        });
        let Some(order) = order else { return Noted::MaySend };
        self.ordering.write(Mark { order, under_way: true }).await;
        if self.locks.borrow().iter().any(|it| it.id == id) { Noted::MaySend } else { Noted::LockLost }
    }

    /// Gives up what others would wait for. Chromium grants the lock to a page in the back/forward cache, too, and ends the
    /// page only when somebody asks later; even then it grants the lock to none of those who wait (Chromium 156, still so
    /// after 30 seconds). The mark still says that a request is under way.
    pub(super) fn leave(&self) {
        self.presence.set(Place::Away);
        self.locks.take();
        self.ordering.close();
    }
}
