use futures::{
    channel::oneshot,
    future::{Either, select},
};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use std::{pin::pin, time::Duration};

/// A timer that is cleared when dropped.
pub(crate) struct Timer(Option<TimeoutHandle>);

impl Timer {
    /// Calls `action` after so many milliseconds.
    pub(crate) fn after(ms: u64, action: impl FnOnce() + 'static) -> Self {
        Self(set_timeout_with_handle(action, Duration::from_millis(ms)).ok())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.clear();
        }
    }
}

/// What `future` gives, or nothing if that takes longer than so many milliseconds. The future is dropped then.
pub(crate) async fn within<T>(ms: u64, future: impl Future<Output = T>) -> Option<T> {
    let (sender, over) = oneshot::channel::<()>();
    let _timer = Timer::after(ms, move || drop(sender));
    match select(pin!(future), over).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
