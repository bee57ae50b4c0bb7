use futures::{
    channel::oneshot,
    future::{Either, select},
};
use std::{
    cell::{Cell, RefCell},
    pin::pin,
};

/// Whether the page is here or was left. A page that was left may lie frozen in the back/forward cache for minutes, so
/// nothing that others wait for may stay with it.
pub(crate) struct Presence {
    now: Cell<Place>,
    /// Each is dropped at the next change.
    watchers: RefCell<Vec<oneshot::Sender<()>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Here,
    /// Between `pagehide` and `pageshow`.
    Away,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self { now: Cell::new(Place::Here), watchers: RefCell::default() }
    }

    pub(crate) fn set(&self, place: Place) {
        self.now.set(place);
        self.watchers.take();
    }

    /// What `future` gives, or nothing if the page is left before. The future is dropped then, and with it what it held:
    /// in the microtask after `pagehide`, so before the page is frozen.
    pub(crate) async fn while_here<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        match select(pin!(self.until(Place::Away)), pin!(future)).await {
            Either::Left(((), _)) => None,
            Either::Right((value, _)) => Some(value),
        }
    }

    /// Waits until the page is there.
    pub(crate) async fn until(&self, place: Place) {
        while self.now.get() != place {
            let _ = self.change().await;
        }
    }

    fn change(&self) -> oneshot::Receiver<()> {
        let (sender, changed) = oneshot::channel();
        let mut watchers = self.watchers.borrow_mut();
        watchers.retain(|it| !it.is_canceled());
        watchers.push(sender);
        changed
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures::{FutureExt, future::pending};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn what_runs_while_the_page_is_here_is_dropped_when_it_is_left() {
        let presence = Presence::new();
        let (held, mut dropped) = oneshot::channel::<()>();
        let mut running = Box::pin(presence.while_here(async move {
            let _held = held;
            pending::<()>().await;
        }));
        assert!((&mut running).now_or_never().is_none());
        presence.set(Place::Away);
        assert_eq!(running.await, None);
        assert!(dropped.try_recv().is_err(), "dropped");

        assert!(presence.while_here(async {}).now_or_never().flatten().is_none(), "nothing starts while it is away");
        let mut back = Box::pin(presence.until(Place::Here));
        assert!((&mut back).now_or_never().is_none());
        presence.set(Place::Here);
        back.await;
        assert_eq!(presence.while_here(async { 7 }).await, Some(7));
    }

    #[wasm_bindgen_test]
    async fn who_no_longer_waits_leaves_nothing_behind() {
        let presence = Presence::new();
        for _ in 0..100 {
            presence.while_here(async {}).await;
        }
        assert!(presence.watchers.borrow().len() <= 1);
    }
}
