use crate::browser::timer::Timer;
use futures::channel::oneshot;
use js_sys::{Function, Object, Promise, Reflect};
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

/// Waits for the lock for at most so many milliseconds. `None` where locks are missing or refused (plain http on a
/// network name, blocked cookies), or where the wait was over.
pub(crate) async fn acquire(name: &str, wait_ms: u64) -> Option<LockGuard> {
    // A page that came back from the back/forward cache finds its pending request rejected: ask once more.
    for _ in 0..2 {
        match request(name, wait_ms).await {
            Asked::Granted(guard) => return Some(guard),
            Asked::Rejected => {}
            Asked::Missing | Asked::TimedOut => return None,
        }
    }
    None
}

enum Asked {
    Granted(LockGuard),
    /// Rejected by the browser, not by our own time-out.
    Rejected,
    TimedOut,
    Missing,
}

async fn request(name: &str, wait_ms: u64) -> Asked {
    let Some((manager, request)) = lock_manager() else { return Asked::Missing };
    let Ok(abort) = AbortController::new() else { return Asked::Missing };

    // The lock is held until the promise that the callback returns is settled; the guard settles it.
    // `Function::default()` is `new Function("")`, which a strict content security policy refuses as eval.
    let mut release = None::<Function>;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve.unchecked_into()));
    let Some(release) = release else { return Asked::Missing };
    let (granted, answer) = oneshot::channel();
    let on_grant = Closure::once_into_js(move |_lock: JsValue| -> JsValue {
        let _ = granted.send(());
        held.into()
    });

    let options = Object::new();
    let _ = Reflect::set(&options, &"signal".into(), &abort.signal());
    let Ok(promise) = request.call3(&manager, &name.into(), &options, &on_grant) else { return Asked::Missing };
    let guard = LockGuard { release };

    let (rejected, rejection) = oneshot::channel();
    wasm_bindgen_futures::spawn_local(async move {
        if wasm_bindgen_futures::JsFuture::from(promise.unchecked_into::<Promise>()).await.is_err() {
            let _ = rejected.send(());
        }
    });
    let signal = abort.signal();
    let _timer = Timer::after(wait_ms, move || abort.abort());
    match futures::future::select(answer, rejection).await {
        futures::future::Either::Left((Ok(()), _)) => Asked::Granted(guard),
        _ if signal.aborted() => Asked::TimedOut,
        _ => Asked::Rejected,
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
    use super::*;
    use futures::{FutureExt, future::join};
    use wasm_bindgen_test::wasm_bindgen_test;

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
    async fn a_waiter_that_gives_up_leaves_the_queue() {
        let held = acquire("test-queue", 1_000).await.expect("a free lock");
        assert!(acquire("test-queue", 30).await.is_none());
        drop(held);
        assert!(acquire("test-queue", 1_000).await.is_some());
    }
}
