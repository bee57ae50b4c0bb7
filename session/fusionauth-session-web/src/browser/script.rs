//! Declares the functions of `browser.js`. wasm-bindgen copies that script beside the application's own, so `script-src
//! 'self'` allows it.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Request};

#[wasm_bindgen(module = "/src/browser/browser.js")]
extern "C" {
    pub(crate) fn payload(token: &str) -> JsValue;

    pub(crate) fn origin() -> String;
    #[wasm_bindgen(js_name = userAgent)]
    pub(crate) fn user_agent() -> String;
    #[wasm_bindgen(js_name = foreignOrigin)]
    pub(crate) fn foreign_origin(url: &str) -> String;

    #[wasm_bindgen(js_name = isMarked)]
    pub(crate) fn is_marked(key: &str) -> bool;
    #[wasm_bindgen(js_name = setMark)]
    pub(crate) fn set_mark(key: &str, is_set: bool);

    pub(crate) type Timer;
    pub(crate) fn timer(ms: i32) -> Timer;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn over(this: &Timer) -> Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Timer);

    #[wasm_bindgen(extends = AbortController)]
    pub(crate) type Prepared;
    #[wasm_bindgen(catch)]
    #[allow(clippy::too_many_arguments, reason = "an object with these values would be more code in Rust and in JavaScript")]
    pub(crate) fn prepare(
        method: &str,
        url: &str,
        body: &JsValue,
        headers: &JsValue,
        token: Option<&str>,
        tenant: Option<&str>,
        idempotency_key: Option<&str>,
        has_cookies: bool,
        keepalive: bool,
    ) -> Result<Prepared, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn answer(this: &Prepared) -> Option<Promise>;
    /// `undefined` if there is an [`answer`](Prepared::answer).
    #[wasm_bindgen(method, getter)]
    pub(crate) fn request(this: &Prepared) -> Request;

    pub(crate) type Page;
    pub(crate) fn listen(key: &str, on_event: &Closure<dyn Fn(u32, Option<String>)>) -> Page;
    #[wasm_bindgen(method)]
    pub(crate) fn wake(this: &Page, ms: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn lock(this: &Page, ms: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn note(this: &Page, at: u32) -> u32;
    #[wasm_bindgen(method)]
    pub(crate) fn begin(this: &Page) -> Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn unlock(this: &Page, number: u32, nonce: u32, generation: u32);
    #[wasm_bindgen(method)]
    pub(crate) fn leave(this: &Page);
    #[wasm_bindgen(method)]
    pub(crate) fn stop(this: &Page);
}
