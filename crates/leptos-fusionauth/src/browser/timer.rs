use super::script;
use js_sys::Promise;
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle};
use std::time::Duration;
use wasm_bindgen_futures::JsFuture;

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

/// What a promise comes to, if it is settled within so many milliseconds, or else `undefined` as its error. It runs on: a
/// promise can't be dropped as a future can.
pub(crate) fn within(ms: i32, promise: &Promise) -> JsFuture {
    script::within(ms, promise).into()
}
