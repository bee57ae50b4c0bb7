use crate::browser::timer::{first, limit};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::AbortController;

/// A cross-tab lock (Web Locks) that is freed when dropped, also when the tab dies.
pub(crate) struct LockGuard {
    release: Function,
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for the lock for at most so many milliseconds; aborting `leave`, or dropping the future, leaves the queue. `None`
/// where locks are missing or refused (plain http on a network name, blocked cookies), or where the wait was over.
pub(crate) async fn acquire(name: &str, wait_ms: i32, leave: AbortController) -> Option<LockGuard> {
    let (manager, request) = lock_manager()?;

    // The lock is held until the promise that the callback returns is settled; the guard settles it, whatever comes first.
    // `Function::default()` is `new Function("")`, which a strict content security policy refuses as eval.
    let mut release = None::<Function>;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let guard = LockGuard { release: release? };

    let options = Object::new();
    let _ = Reflect::set(&options, &"signal".into(), &leave.signal());
    let mut asked = None;
    let granted = Promise::new(&mut |granted, _| {
        let held = held.clone();
        let on_grant = Closure::once_into_js(move |_lock: JsValue| -> JsValue {
            let _ = granted.call0(&JsValue::UNDEFINED);
            held.into()
        });
        asked = request.call3(&manager, &name.into(), &options, &on_grant).ok();
    });
    let _leave = LeaveQueue(leave);
    // What was asked for is settled when the lock was held and is free again, or at once when it is refused or left.
    let asked = asked?.unchecked_into();
    let answered = Promise::race(&Array::of2(&granted, &asked));
    first(&answered, &limit(wait_ms)).await.ok()?;
    Some(guard)
}

/// Takes the request out of the queue when nobody waits for it any more; after the grant it does nothing. Without it a
/// frozen page would be granted the lock, and could not give it back.
struct LeaveQueue(AbortController);

impl Drop for LeaveQueue {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// `navigator.locks` and its `request`. Not through web-sys: its binding needs an unstable compiler flag.
fn lock_manager() -> Option<(JsValue, Function)> {
    let navigator = web_sys::window()?.navigator();
    let manager = Reflect::get(&navigator, &"locks".into()).ok().filter(|it| it.is_object())?;
    let request = Reflect::get(&manager, &"request".into()).ok()?.dyn_into().ok()?;
    Some((manager, request))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::{LockGuard, lock_manager};
    use futures::{FutureExt, future::join};
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::wasm_bindgen_test;
    use web_sys::AbortController;

    async fn acquire(name: &str, wait_ms: i32) -> Option<LockGuard> {
        super::acquire(name, wait_ms, AbortController::new().unwrap()).await
    }

    #[wasm_bindgen_test]
    async fn a_second_holder_waits_for_the_first() {
        let first = acquire("test-order", 1_000).await.expect("a free lock");
        let mut second = Box::pin(acquire("test-order", 5_000));
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
        let mut second = Box::pin(acquire(name, 60_000));
        assert!((&mut second).now_or_never().is_none());
        assert_eq!(pending(name).await, 1);
        drop(second);
        assert_eq!(pending(name).await, 0);
        drop(held);
    }

    #[wasm_bindgen_test]
    async fn a_waiter_that_is_told_to_leaves_the_queue() {
        let name = "test-left";
        let held = acquire(name, 1_000).await.expect("a free lock");
        let leave = AbortController::new().unwrap();
        let second = super::acquire(name, 60_000, leave.clone());
        let (second, ()) = join(second, async {
            while pending(name).await == 0 {}
            leave.abort();
        })
        .await;
        assert!(second.is_none());
        assert_eq!(pending(name).await, 0);
        drop(held);
    }

    /// How many requests wait for this lock.
    async fn pending(name: &str) -> usize {
        let (manager, _) = lock_manager().expect("locks");
        let query: Function = Reflect::get(&manager, &"query".into()).unwrap().unchecked_into();
        let answer = wasm_bindgen_futures::JsFuture::from(query.call0(&manager).unwrap().unchecked_into::<Promise>()).await.unwrap();
        let pending: js_sys::Array = Reflect::get(&answer, &"pending".into()).unwrap().unchecked_into();
        pending.iter().filter(|it| Reflect::get(it, &"name".into()).unwrap().as_string().as_deref() == Some(name)).count()
    }

    #[wasm_bindgen_test]
    async fn a_waiter_that_gives_up_leaves_the_queue() {
        let held = acquire("test-queue", 1_000).await.expect("a free lock");
        assert!(acquire("test-queue", 30).await.is_none());
        drop(held);
        assert!(acquire("test-queue", 1_000).await.is_some());
    }
}
