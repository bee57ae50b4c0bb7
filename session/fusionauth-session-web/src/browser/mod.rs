//! One module for each browser API that a session uses. Promises and event handlers are in `browser.js`, because each
//! of them would be a state machine in WebAssembly; `script` declares its functions.

pub(crate) mod clock;
#[cfg(feature = "trace")]
pub(crate) mod console_function;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod script;
pub(crate) mod storage;

use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// Waits for a promise. The compiler may add the code of `JsFuture::from` to the program once for each crate that calls it. The bodies of
/// asynchronous functions count as the caller's. A program that calls this function instead has the code once, which saves 300 bytes.
#[doc(hidden)]
#[inline(never)]
pub fn future_of(promise: Promise) -> JsFuture {
    promise.into()
}

/// Waits for this many milliseconds. It is here for the same reason as [`future_of`].
#[doc(hidden)]
pub fn pause(ms: i32) -> JsFuture {
    future_of(script::timer(ms).over())
}
