//! Keeps a visible cart page up to date with changes by other devices. The page reads the backend's events, or else polls the cart.
//!
//! An event contains the version of the cart. If the shown cart has another version, the page reads the cart. While a change of this tab is
//! unanswered, the page does not compare versions, because the answer will contain the newer cart.
//!
//! When the page is hidden or left, the task that reads the stream is dropped, which also ends the request. If a stream fails, stays silent
//! or ends early, the page polls, and retries the stream with growing pauses.

use super::{context::CartContext, events::Events, state::CartState};
use crate::data::call;
use crate::ui::{PageScope, set_timeout};
use leptos::{ev, prelude::*};
use leptos_fusionauth::{FetchError, Session, pause};
use std::{cell::Cell, rc::Rc, time::Duration};
use storefront_api::{cart_version, endpoints};

/// The delay before a newly opened page follows the cart, and the interval between two polls.
const READ_INTERVAL_MS: i32 = 20_000;

/// A stream that is silent for this long counts as blocked, because the backend sends something every 20 seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// The delay before a stream is opened after an earlier stream, or after the page was hidden.
const SOON_MS: i32 = 1_000;

/// A stream that ends sooner than this, in milliseconds, is no better than polling.
const SHORT_MS: f64 = 20_000.0;

/// The delay before versions are compared again. By then the backend has sent the events for this tab's changes.
const SETTLED: Duration = Duration::from_secs(2);

/// The maximum number of reads for one event.
const READS_FOR_EVENT: u32 = 3;

/// The number of polls before the stream is tried again: the initial number and the maximum.
const READS_BEFORE_STREAM: (u32, u32) = (3, 48);

/// Follows changes by other devices until the page is left.
pub(super) fn follow(cart: CartContext) {
    let follower =
        Rc::new(Follower { cart, page: PageScope::current(), first_pause_ms: Cell::new(READ_INTERVAL_MS), last_event: Cell::default() });
    let is_shown = RwSignal::new(!document().hidden());
    let changed = window_event_listener(ev::visibilitychange, move |_| is_shown.set(!document().hidden()));
    let left = window_event_listener(ev::pagehide, move |_| is_shown.set(false));
    on_cleanup(move || {
        changed.remove();
        left.remove();
    });
    Effect::new(move |_| {
        if is_shown.get() {
            // The next run of this effect ends the scope of this run, and so ends the task.
            PageScope::current().spawn(Rc::clone(&follower).follow_while_shown());
        }
    });
}

struct Follower {
    cart: CartContext,
    page: PageScope,
    first_pause_ms: Cell<i32>,
    /// The number of the last event.
    last_event: Cell<u32>,
}

impl Follower {
    async fn follow_while_shown(self: Rc<Self>) {
        _ = pause(self.first_pause_ms.replace(SOON_MS)).await;
        let mut reads = READS_BEFORE_STREAM.0;
        loop {
            // A guest's cart has no stream, because no other device can use that cart.
            if let Some(session) = self.cart.api_owner()
                && self.follow_events(session).await
            {
                reads = READS_BEFORE_STREAM.0;
                _ = pause(SOON_MS).await;
                continue;
            }
            for _ in 0..reads {
                if self.cart.mutations.pending_untracked() == 0 {
                    self.cart.load();
                }
                _ = pause(READ_INTERVAL_MS).await;
            }
            reads = (reads * 2).min(READS_BEFORE_STREAM.1);
        }
    }

    /// Reads the events of one stream until it ends. Returns whether the caller should open the next stream at once.
    async fn follow_events(self: &Rc<Self>, session: Session) -> bool {
        let Ok(mut chunks) = call(endpoints::CART_EVENTS, &[]).send_for_events(session, SILENCE).await else { return false };
        let opened_at = js_sys::Date::now();
        let mut events = Events::default();
        loop {
            match chunks.next().await {
                Ok(Some(bytes)) => {
                    if let Some(version) = events.read(&bytes) {
                        let event = self.last_event.get() + 1;
                        self.last_event.set(event);
                        Rc::clone(self).compare(event, version, READS_FOR_EVENT);
                    }
                }
                Err(FetchError::Timeout) => return false,
                _ => return js_sys::Date::now() - opened_at >= SHORT_MS,
            }
        }
    }

    /// Reads the cart unless the shown cart has the version of this event. Does nothing after a later event, which has its own comparisons.
    fn compare(self: Rc<Self>, event: u32, version: u32, mut reads_left: u32) {
        if event != self.last_event.get() || document().hidden() || self.page.with(|| ()).is_none() {
            return;
        }
        if self.cart.mutations.pending_untracked() == 0 {
            if reads_left == 0 || version_of(&self.cart.state_untracked()) == version {
                return;
            }
            reads_left -= 1;
            self.cart.load();
        }
        // `load` drops its answer if another one is newer, so compare again.
        set_timeout(move || self.compare(event, version, reads_left), SETTLED);
    }
}

/// The version of the cart that the backend has confirmed.
fn version_of(state: &CartState) -> u32 {
    let lines = state.rows().map(|row| (&*row.item.product, row.item.quantity, row.item.unit_price));
    cart_version(lines.filter(|(_, quantity, _)| *quantity > 0), state.notice().is_some())
}
