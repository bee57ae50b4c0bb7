use js_sys::{Array, Promise};
use leptos::prelude::{TimeoutHandle, set_timeout_with_handle, window};
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

/// A promise that is rejected with `undefined` when its time is over, unless it is dropped before. The browser calls the
/// promise's own function, which is a closure less than a [`Timer`] has.
pub(crate) struct Limit {
    over: Promise,
    timer: Option<i32>,
}

pub(crate) fn limit(ms: i32) -> Limit {
    let mut timer = None;
    let over = Promise::new(&mut |_, over| timer = window().set_timeout_with_callback_and_timeout_and_arguments_0(&over, ms).ok());
    Limit { over, timer }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            window().clear_timeout_with_handle(timer);
        }
    }
}

/// What a promise comes to, if it is settled within the limit. It runs on: a promise can't be dropped as a future can, and
/// needs no machinery for that in the wasm.
pub(crate) fn first(promise: &Promise, limit: &Limit) -> JsFuture {
    JsFuture::from(Promise::race(&Array::of2(promise, &limit.over)))
}
