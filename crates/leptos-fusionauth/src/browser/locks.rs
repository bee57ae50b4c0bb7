//! The cross-tab lock, by the Web Locks API.

use super::{
    lock_note::{LockNote, LockNoteStore},
    script,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A request for a cross-tab lock. Dropping it ends the wait, or frees the lock.
pub(crate) struct LockRequest(script::LockRequest);

impl LockRequest {
    pub(crate) fn take(name: &str, wait_ms: i32, notes: &LockNoteStore) -> Self {
        Self(script::lock(name, wait_ms, &notes.0))
    }

    /// Resolves when the lock is held, or will not be, within the time that [`LockRequest::take`] was given.
    pub(crate) fn granted(&self) -> JsFuture {
        self.0.granted().into()
    }
}

/// The note that the previous holder left, if [`LockRequest::granted`] says that the lock is held.
pub(crate) fn note(granted: Result<JsValue, JsValue>) -> Option<LockNote> {
    Some(LockNote::of(granted.ok()?.dyn_ref()?).unwrap_or_default())
}

impl Drop for LockRequest {
    fn drop(&mut self) {
        self.0.release();
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures::{FutureExt, future::join};
    use js_sys::{Array, Function, Promise, Reflect};
    use wasm_bindgen_test::wasm_bindgen_test;

    /// Waits for the lock, and holds it until it is dropped.
    async fn acquire(name: &str, wait_ms: i32) -> Option<LockRequest> {
        let request = queue(name, wait_ms);
        note(request.granted().await).map(|_| request)
    }

    fn queue(name: &str, wait_ms: i32) -> LockRequest {
        LockRequest::take(name, wait_ms, &LockNoteStore::new(""))
    }

    #[wasm_bindgen_test]
    async fn a_second_holder_waits_for_the_first() {
        let first = acquire("test-order", 1_000).await.expect("a free lock");
        let mut second = Box::pin(acquire("test-order", 5_000));
        assert!((&mut second).now_or_never().is_none());
        // Another lock's grant takes the same way, so the second grant would have arrived by now.
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
        assert!(note(granted.await).is_none());
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
    async fn a_lock_that_is_released_before_its_grant_is_noticed_is_free() {
        let name = "test-released-early";
        let request = queue(name, 1_000);
        let granted = request.granted();
        drop(request);
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
