use super::{
    ordering::{Mark, Ordering},
    script,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A place in the queue of a cross-tab lock, then the lock. Dropping it leaves the one or frees the other.
pub(crate) struct Place(script::Place);

impl Place {
    pub(crate) fn take(name: &str, wait_ms: i32, ordering: &Ordering) -> Self {
        Self(script::lock(name, wait_ms, &ordering.0))
    }

    /// Done when the lock is held, or won't be: within the time that [`Place::take`] was given.
    pub(crate) fn granted(&self) -> JsFuture {
        self.0.granted().into()
    }
}

/// What the last holder left, if [`Place::granted`] says that the lock is held.
pub(crate) fn mark(granted: Result<JsValue, JsValue>) -> Option<Mark> {
    Some(Mark::of(granted.ok()?.dyn_ref()?).unwrap_or_default())
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.leave();
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures::{FutureExt, future::join};
    use js_sys::{Array, Function, Promise, Reflect};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Waits for the lock, and holds it until it is dropped.
    async fn acquire(name: &str, wait_ms: i32) -> Option<Place> {
        let place = queue(name, wait_ms);
        mark(place.granted().await).map(|_| place)
    }

    fn queue(name: &str, wait_ms: i32) -> Place {
        Place::take(name, wait_ms, &Ordering::new(""))
    }

    #[wasm_bindgen_test]
    async fn a_second_holder_waits_for_the_first() {
        let first = acquire("test-order", 1_000).await.expect("a free lock");
        let mut second = Box::pin(acquire("test-order", 5_000));
        assert!((&mut second).now_or_never().is_none());
        // Another lock's grant goes the same way, so the second would have come by now.
        acquire("test-other", 1_000).await.expect("a free lock");
        assert!((&mut second).now_or_never().is_none());
        let (_, second) = join(async move { drop(first) }, second).await;
        assert!(second.is_some());
    }

    #[wasm_bindgen_test]
    async fn the_wait_has_a_bound() {
        let _held = acquire("test-bound", 1_000).await.expect("a free lock");
        assert!(acquire("test-bound", 30).await.is_none());
    }

    #[wasm_bindgen_test]
    async fn a_waiter_that_is_dropped_leaves_the_queue() {
        let name = "test-dropped";
        let held = acquire(name, 1_000).await.expect("a free lock");
        let second = queue(name, 60_000);
        let granted = second.granted();
        assert_eq!(pending(name).await, 1);
        drop(second);
        assert!(mark(granted.await).is_none());
        assert_eq!(pending(name).await, 0);
        drop(held);
    }

    #[wasm_bindgen_test]
    async fn a_waiter_that_gives_up_leaves_the_queue() {
        let held = acquire("test-queue", 1_000).await.expect("a free lock");
        assert!(acquire("test-queue", 30).await.is_none());
        drop(held);
        assert!(acquire("test-queue", 1_000).await.is_some());
    }

    #[wasm_bindgen_test]
    async fn a_lock_that_is_given_up_before_its_grant_is_heard_of_is_free() {
        let name = "test-unheard";
        let place = queue(name, 1_000);
        let granted = place.granted();
        drop(place);
        let _ = granted.await;
        assert!(acquire(name, 1_000).await.is_some());
    }

    /// How many requests wait for this lock.
    async fn pending(name: &str) -> usize {
        let manager = Reflect::get(&web_sys::window().unwrap().navigator(), &"locks".into()).expect("locks");
        let query: Function = Reflect::get(&manager, &"query".into()).unwrap().unchecked_into();
        let answer = JsFuture::from(query.call0(&manager).unwrap().unchecked_into::<Promise>()).await.unwrap();
        let pending: Array = Reflect::get(&answer, &"pending".into()).unwrap().unchecked_into();
        pending.iter().filter(|it| Reflect::get(it, &"name".into()).unwrap().as_string().as_deref() == Some(name)).count()
    }
}
