use super::script;
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;

/// What a promise comes to, if it is settled within so many milliseconds, or else `undefined` as its error. It runs on: a
/// promise can't be dropped as a future can.
pub(crate) fn within(ms: i32, promise: &Promise) -> JsFuture {
    script::within(ms, promise).into()
}
