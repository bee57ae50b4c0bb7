//! The lock of an operation, from its wish to its end.

use super::Driver;
use crate::{
    browser::{
        locks::{self, LockGuard},
        ordering::Mark,
    },
    fusionauth::REQUEST_LIMIT_MS,
};
use fusionauth_session::{Event, Lock, OperationId, Order};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

/// The lock as this page has it. A page that was left may lie frozen in the back/forward cache for minutes, so nothing
/// that others wait for may stay with it.
#[derive(Default)]
pub(super) struct PageLock {
    held: RefCell<Option<Held>>,
    /// The way out of the lock's queue.
    leave_queue: RefCell<Option<AbortController>>,
    /// How often the page was left: what was begun before is void.
    departures: Cell<u32>,
    /// Between `pagehide` and `pageshow`.
    away: Cell<bool>,
    /// What asks for the lock when the page is back.
    postponed: Cell<Option<OperationId>>,
}

/// A lock that is held for an operation.
struct Held {
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
const LOCK_WAIT_MS: i32 = REQUEST_LIMIT_MS + 5_000;

impl PageLock {
    /// Gives up the lock, and the place in its queue.
    pub(super) fn give_up(&self) {
        self.held.take();
        if let Some(leave) = self.leave_queue.take() {
            leave.abort();
        }
    }

    fn free(&self, id: OperationId) {
        self.held.borrow_mut().take_if(|it| it.id == id);
    }

    fn with_held<T>(&self, id: OperationId, use_it: impl FnOnce(&mut Held) -> T) -> Option<T> {
        self.held.borrow_mut().as_mut().filter(|it| it.id == id).map(use_it)
    }
}

impl Driver {
    /// A page that is left takes neither the lock nor a place in its queue with it; when it comes back, it asks anew.
    pub(super) fn lock(self: &Rc<Self>, id: OperationId) {
        if self.lock.away.get() {
            return self.lock.postponed.set(Some(id));
        }
        let departures = self.lock.departures.get();
        let driver = Rc::clone(self);
        spawn_local(async move {
            let acquired = driver.acquire(id, departures).await;
            if driver.lock.departures.get() != departures {
                driver.lock.free(id);
                driver.ordering.close();
                return driver.lock(id);
            }
            let (lock, order) = match acquired {
                Some(Mark { order, under_way: true }) => (Lock::Inherited, order),
                Some(Mark { order, under_way: false }) => (Lock::Held, order),
                None => (Lock::Unavailable, Order::default()),
            };
            driver.dispatch(Event::Locked(id, lock, driver.store.read(), order));
        });
    }

    /// Takes the lock, and reads what its last holder left. Nothing if there is no lock, or the page was left.
    async fn acquire(&self, id: OperationId, departures: u32) -> Option<Mark> {
        let leave = AbortController::new().ok()?;
        let is_here = || (self.lock.departures.get() == departures).then_some(());
        is_here()?;
        self.lock.leave_queue.replace(Some(leave.clone()));
        let guard = locks::acquire(self.store.key(), LOCK_WAIT_MS, leave).await?;
        is_here()?;
        self.lock.held.replace(Some(Held { id, _guard: guard, order: Order::default(), sent: false }));
        let mark = self.ordering.read().await;
        self.lock.with_held(id, |it| it.order = mark.order);
        Some(mark)
    }

    /// Frees the lock once the order is noted.
    pub(super) fn unlock(self: &Rc<Self>, id: OperationId, order: Order) {
        if self.lock.with_held(id, |it| it.sent) != Some(true) {
            return self.lock.free(id);
        }
        let driver = Rc::clone(self);
        spawn_local(async move {
            driver.ordering.write(Mark { order, under_way: false }).await;
            driver.lock.free(id);
        });
    }

    /// Notes that a request is under way, so that the next holder of the lock knows if this tab dies meanwhile.
    pub(super) async fn note_sending(&self, id: OperationId) -> Noted {
        let sending = self.lock.with_held(id, |it| {
            it.sent = true;
            it.order
        });
        let Some(order) = sending else { return Noted::MaySend };
        self.ordering.write(Mark { order, under_way: true }).await;
        if self.lock.with_held(id, |_| ()).is_some() { Noted::MaySend } else { Noted::LockLost }
    }

    /// Gives up what others would wait for. Chromium grants the lock to a page in the back/forward cache, too, and ends the
    /// page only when somebody asks later; even then it grants the lock to none of those who wait (Chromium 156, still so
    /// after 30 seconds). The mark still says that a request is under way.
    pub(super) fn leave(&self) {
        self.lock.away.set(true);
        self.lock.departures.set(self.lock.departures.get() + 1);
        self.lock.give_up();
        self.ordering.close();
    }

    pub(super) fn come_back(self: &Rc<Self>) {
        self.lock.away.set(false);
        if let Some(id) = self.lock.postponed.take() {
            self.lock(id);
        }
    }
}
