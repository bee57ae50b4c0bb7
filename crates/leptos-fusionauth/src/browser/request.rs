//! Sends a request with `fetch`, with a time limit and with the cookie rules of its kind.

use super::script;
use crate::FetchError;
use js_sys::{Array, Function, Promise, Reflect};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The kind of a request, which decides how it treats cookies and the end of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// With cookies. The request outlives the page and its caller, because its answer may carry a new refresh-token
    /// cookie.
    Keepalive,
    /// With cookies.
    Cookies,
    /// To a backend that needs no cookies.
    Plain,
}

/// A request to send.
pub(crate) struct RequestOptions<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    /// A text is JSON; `undefined` is none; other kinds of body are sent as they are.
    pub(crate) body: &'a JsValue,
    /// Pairs of name and value, or `undefined`.
    pub(crate) headers: &'a JsValue,
    /// An access token.
    pub(crate) token: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) kind: RequestKind,
    /// How long its answer is waited for, in milliseconds.
    pub(crate) limit_ms: i32,
}

/// An answer that was read in full.
pub(crate) struct JsonResponse {
    pub(crate) status: u16,
    pub(crate) retry_after_ms: Option<u64>,
    /// The body's JSON: `null` if the body is empty, `undefined` if it is not JSON.
    pub(crate) body: JsValue,
}

impl JsonResponse {
    /// Reads the value that [`ResponseFuture::json`] resolves to.
    pub(crate) fn of(parts: &JsValue) -> Self {
        let parts: &Array = parts.unchecked_ref();
        let number = |at| parts.get(at).as_f64();
        Self { status: number(0).unwrap_or_default() as u16, retry_after_ms: number(1).map(|it| it as u64), body: parts.get(2) }
    }
}

/// Whether the server answers at this URL, even with an unreadable answer. The time limit is short, because the user
/// waits for the outcome of a sign-in.
#[cfg(any(feature = "events", debug_assertions))]
pub(crate) async fn is_there(url: &str) -> bool {
    let init = web_sys::RequestInit::new();
    init.set_mode(web_sys::RequestMode::NoCors);
    JsFuture::from(script::within(5_000, &leptos::prelude::window().fetch_with_str_and_init(url, &init))).await.is_ok()
}

/// A request that was sent. Dropping it aborts the request and the reading of its answer, unless its kind outlives
/// that.
pub(crate) struct AbortOnDrop(script::Sent);

impl AbortOnDrop {
    /// A placeholder without a request, left behind when the request is handed on.
    pub(crate) fn none() -> Self {
        Self(JsValue::UNDEFINED.unchecked_into())
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if !self.0.is_undefined() {
            self.0.abort();
        }
    }
}

/// The result of a request.
pub(crate) struct RawResponse {
    /// A `Response` of the browser, or the value that [`ResponseFuture::json`] resolves to.
    pub(crate) value: JsValue,
    pub(crate) request: AbortOnDrop,
}

impl RawResponse {
    /// Reads the body of a `Response` by one of its methods, within the time limit of the request.
    pub(crate) fn body(&self, how: &str) -> JsFuture {
        let AbortOnDrop(sent) = &self.request;
        #[cfg(feature = "fake")]
        if sent.is_undefined() {
            return script::body(&self.value, how).into();
        }
        sent.read(&self.value, how).into()
    }
}

/// The reader of a `Response`'s body. `undefined` where there is none.
pub(crate) fn body_reader(response: &JsValue) -> JsValue {
    Reflect::get(response, &"body".into()).and_then(|body| call(&body, "getReader")).unwrap_or_default()
}

/// The bytes that a reader gives next, or `None` after the last ones.
pub(crate) async fn next_chunk(reader: &JsValue) -> Result<Option<Vec<u8>>, FetchError> {
    let read = call(reader, "read").map(|it| it.unchecked_into::<Promise>());
    let chunk = JsFuture::from(read.map_err(|_| FetchError::Network)?).await.map_err(|_| FetchError::Network)?;
    let bytes = Reflect::get(&chunk, &"value".into()).map_err(|_| FetchError::Network)?;
    if bytes.is_undefined() {
        return Ok(None);
    }
    // A `Uint8Array` has its length and its elements where an `Array` has them.
    let bytes: &Array = bytes.unchecked_ref();
    Ok(Some((0..bytes.length()).map(|at| bytes.get(at).as_f64().unwrap_or_default() as u8).collect()))
}

/// Calls a method of an object. Each method that is declared as such would be a function of the scripts, which every page loads.
fn call(object: &JsValue, method: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &method.into())?.unchecked_into::<Function>().call1(object, &JsValue::UNDEFINED)
}

/// Reads the reason with which a promise of `browser.js` is rejected: `undefined` after a time limit, `null` for a body
/// that is not JSON, else an error.
pub(crate) fn error_of_rejection(it: &JsValue) -> FetchError {
    if it.is_undefined() {
        FetchError::Timeout
    } else if it.is_null() {
        FetchError::Unreadable
    } else {
        FetchError::Network
    }
}

/// A request under way.
pub(crate) struct ResponseFuture {
    request: AbortOnDrop,
    answer: JsFuture,
}

impl ResponseFuture {
    /// Sends a request, and waits for the headers of its answer.
    pub(crate) fn headers(options: &RequestOptions<'_>) -> Self {
        Self::start(options, false)
    }

    /// Sends a request, and waits for all of its answer, for [`JsonResponse::of`].
    pub(crate) fn json(options: &RequestOptions<'_>) -> Self {
        Self::start(options, true)
    }

    fn start(options: &RequestOptions<'_>, reads_json: bool) -> Self {
        let RequestOptions { method, url, body, headers, token, tenant, idempotency_key, kind, limit_ms } = *options;
        let keepalive = kind == RequestKind::Keepalive;
        let sent = script::send(
            limit_ms,
            reads_json,
            keepalive,
            method,
            url,
            body,
            headers,
            token,
            tenant,
            idempotency_key,
            kind != RequestKind::Plain,
        );
        Self { answer: sent.answer().into(), request: AbortOnDrop(sent) }
    }
}

impl Future for ResponseFuture {
    type Output = Result<RawResponse, FetchError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        let request = std::mem::replace(&mut self.request, AbortOnDrop::none());
        Poll::Ready(answer.map(|value| RawResponse { value, request }).map_err(|it| error_of_rejection(&it)))
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use js_sys::Reflect;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_test::wasm_bindgen_test;
    use web_sys::{AbortSignal, Request, RequestCredentials};

    #[wasm_bindgen(module = "/src/browser/browser.js")]
    extern "C" {
        #[allow(clippy::too_many_arguments, reason = "what `send` hands on")]
        fn request(
            keepalive: bool,
            method: &str,
            url: &str,
            body: &JsValue,
            headers: &JsValue,
            token: Option<&str>,
            tenant: Option<&str>,
            idempotency_key: Option<&str>,
            cookies: bool,
        ) -> Request;
    }

    const NOWHERE: &str = "/nowhere";
    const NONE: JsValue = JsValue::UNDEFINED;

    fn start(url: &str, kind: RequestKind, reads_json: bool) -> ResponseFuture {
        ResponseFuture::start(
            &RequestOptions {
                method: "GET",
                url,
                body: &NONE,
                headers: &NONE,
                token: None,
                tenant: None,
                idempotency_key: None,
                kind,
                limit_ms: 5_000,
            },
            reads_json,
        )
    }

    fn signal(request: &AbortOnDrop) -> AbortSignal {
        Reflect::get(&request.0, &"signal".into()).unwrap().unchecked_into()
    }

    #[wasm_bindgen_test]
    fn requests_that_must_outlive_the_page_have_keepalive() {
        let text = JsValue::from("{}");
        let long = JsValue::from("a".repeat(20_000));
        let form = JsValue::from(web_sys::FormData::new().unwrap());
        let table = [
            ("POST", &text, None, true, true),
            ("POST", &text, None, false, false),
            ("POST", &text, Some("key"), false, true),
            ("PUT", &text, None, false, true),
            ("PUT", &long, None, false, false),
            ("PUT", &form, None, false, false),
            ("DELETE", &NONE, None, false, true),
        ];
        for (method, body, key, has_keepalive, expected) in table {
            let request = request(has_keepalive, method, NOWHERE, body, &NONE, None, None, key, true);
            // Firefox has the option, but not the property to read it back.
            let keepalive = Reflect::get(&request, &"keepalive".into()).unwrap();
            assert!(keepalive.is_undefined() || keepalive.as_bool() == Some(expected), "{method} {key:?}");
        }
    }

    #[wasm_bindgen_test]
    fn headers_and_cookies_follow_the_options() {
        let of = |request: &Request, name| request.headers().get(name).unwrap();
        let extra = js_sys::JSON::parse(r#"[["X-Trace", "1"], ["Authorization", "mine"]]"#).unwrap();
        let full = request(false, "PUT", NOWHERE, &"{}".into(), &extra, Some("a.b.c"), Some("tenant"), Some("key"), true);
        assert_eq!((full.method().as_str(), full.credentials()), ("PUT", RequestCredentials::Include));
        assert_eq!(of(&full, "Content-Type").as_deref(), Some("application/json"));
        assert_eq!(of(&full, "Authorization").as_deref(), Some("Bearer a.b.c"), "the session's, not the caller's");
        assert_eq!(of(&full, "X-Trace").as_deref(), Some("1"));
        assert_eq!(of(&full, "X-FusionAuth-TenantId").as_deref(), Some("tenant"));
        assert_eq!(of(&full, "Idempotency-Key").as_deref(), Some("key"));
        let plain = request(false, "GET", NOWHERE, &NONE, &NONE, None, None, None, false);
        assert_eq!(plain.credentials(), RequestCredentials::SameOrigin);
        for name in ["Content-Type", "Authorization", "X-FusionAuth-TenantId", "Idempotency-Key"] {
            assert_eq!(of(&plain, name), None);
        }
    }

    #[wasm_bindgen_test]
    fn dropping_a_request_aborts_it_unless_it_has_keepalive() {
        for (kind, expected) in [(RequestKind::Keepalive, false), (RequestKind::Cookies, true), (RequestKind::Plain, true)] {
            let future = start(NOWHERE, kind, false);
            let signal = signal(&future.request);
            drop(future);
            assert_eq!(signal.aborted(), expected);
        }
    }

    #[wasm_bindgen_test]
    async fn a_response_is_aborted_when_it_is_dropped_and_not_before() {
        let mut future = start("data:application/json,7", RequestKind::Plain, false);
        let signal = signal(&future.request);
        let Ok(answer) = (&mut future).await else { panic!("no answer") };
        drop(future);
        assert!(!signal.aborted());
        drop(answer);
        assert!(signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn a_body_is_parsed_as_json_and_distinguished_from_an_empty_one() {
        for (body, expected) in [("{\"a\":1}", "object"), ("", "null"), ("<html>", "undefined"), ("{", "undefined")] {
            let Ok(answer) = start(&format!("data:text/plain,{}", js_sys::encode_uri_component(body)), RequestKind::Plain, true).await
            else {
                panic!("no answer to {body}");
            };
            let JsonResponse { status, retry_after_ms, body: json } = JsonResponse::of(&answer.value);
            assert_eq!((status, retry_after_ms), (200, None));
            let kind = if json.is_null() {
                "null"
            } else if json.is_undefined() {
                "undefined"
            } else {
                "object"
            };
            assert_eq!(kind, expected, "{body}");
        }
    }

    #[wasm_bindgen_test]
    async fn a_body_is_read_as_it_arrives_until_it_ends() {
        let Ok(answer) = start("data:text/plain,some%20bytes", RequestKind::Plain, false).await else { panic!("no answer") };
        let reader = body_reader(&answer.value);
        let mut all = Vec::new();
        while let Some(bytes) = next_chunk(&reader).await.unwrap() {
            all.extend(bytes);
        }
        assert_eq!(all, b"some bytes");
        assert_eq!(next_chunk(&reader).await, Ok(None));
        assert_eq!(next_chunk(&body_reader(&NONE)).await, Err(FetchError::Network), "there is no body");
    }

    #[wasm_bindgen_test]
    async fn an_invalid_address_is_a_network_error() {
        assert!(start("http://", RequestKind::Plain, false).await.is_err_and(|it| it == FetchError::Network));
    }
}
