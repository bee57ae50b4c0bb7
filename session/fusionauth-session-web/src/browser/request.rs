//! Sends a request by gloo-net, with a time limit and with the cookie rules of its kind. gloo-net does not support `keepalive`, so a script
//! builds the request itself.

use super::{
    future_of,
    response::{Response, Sent},
    script::{self, Prepared},
};
use crate::FetchError;
use gloo_net::http::Request;
use js_sys::JsString;
use wasm_bindgen::{JsCast, JsValue};
#[cfg(any(feature = "events", debug_assertions, test))]
use web_sys::RequestCredentials;

/// The kind of a request. It decides whether the request has cookies and outlives the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A request with cookies that outlives the page and its caller, because its answer may set a new refresh-token
    /// cookie.
    Keepalive,
    /// A request with cookies.
    Cookies,
    /// A request that needs no cookies.
    Plain,
}

/// A request to send.
pub(crate) struct RequestOptions<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    /// A text is sent as JSON, `undefined` means no body, and other bodies are sent unchanged.
    pub(crate) body: &'a JsValue,
    /// Pairs of name and value, or `undefined`.
    pub(crate) headers: &'a JsValue,
    /// An access token.
    pub(crate) token: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) kind: RequestKind,
    /// The time limit for the answer, in milliseconds.
    pub(crate) limit_ms: i32,
}

/// Sends a request, or takes over the one that `early.js` has sent, and waits for the headers of its answer. Dropping the future aborts
/// the request, unless it is [`RequestKind::Keepalive`].
pub(crate) async fn send(options: &RequestOptions<'_>) -> Result<Response, FetchError> {
    let prepared = options.prepare().map_err(|_| FetchError::Network)?;
    let early_answer = prepared.answer().map(future_of);
    let request = prepared.request();
    let mut sent = Sent::new((options.kind != RequestKind::Keepalive).then_some(prepared.into()), options.limit_ms);
    let answer = match early_answer {
        Some(answer) => sent.within(answer).await?.unchecked_into::<web_sys::Response>().into(),
        None => sent.within(Request::from(request).send()).await?,
    };
    Ok(Response::new(answer, sent))
}

/// The longest text that is sent with `keepalive`, in UTF-16 units. Browsers refuse `keepalive` with a body of 64 KiB or more.
const LONG_BODY: u32 = 16_000;

impl RequestOptions<'_> {
    /// Takes the request over from `early.js`, or builds it. A request of any kind outlives the page if its body is short, and if its method
    /// or idempotency key makes a repeat harmless.
    fn prepare(&self) -> Result<Prepared, JsValue> {
        let Self { method, url, body, headers, token, tenant, idempotency_key, kind, .. } = *self;
        let is_repeatable = idempotency_key.is_some() || ["PUT", "DELETE"].contains(&method);
        let is_short = body.dyn_ref::<JsString>().map_or(body.is_undefined(), |it| it.length() <= LONG_BODY);
        let keepalive = kind == RequestKind::Keepalive || is_repeatable && is_short;
        script::prepare(method, url, body, headers, token, tenant, idempotency_key, kind != RequestKind::Plain, keepalive)
    }
}

/// How [`is_answered`] asks.
#[cfg(any(feature = "events", debug_assertions))]
#[derive(Clone, Copy)]
pub(crate) enum Probe {
    /// Any answer counts, even one that the page may not read.
    Opaque,
    /// The page must be able to read the answer to a request without cookies.
    WithoutCookies,
    /// The page must be able to read the answer to a request with cookies.
    WithCookies,
}

/// Whether the server answers a GET of this URL. The time limit is short, because the user waits for the outcome of a sign-in.
#[cfg(any(feature = "events", debug_assertions))]
pub(crate) async fn is_answered(url: &str, probe: Probe) -> bool {
    let request = Request::get(url);
    let request = match probe {
        Probe::Opaque => request.mode(web_sys::RequestMode::NoCors),
        Probe::WithoutCookies => request.credentials(RequestCredentials::Omit),
        Probe::WithCookies => request.credentials(RequestCredentials::Include),
    };
    Sent::new(None, 5_000).within(request.send()).await.is_ok()
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use futures::poll;
    use std::{pin::pin, time::Duration};
    use wasm_bindgen_test::wasm_bindgen_test;

    const NONE: JsValue = JsValue::UNDEFINED;

    fn options<'a>(url: &'a str, kind: RequestKind, none: &'a JsValue) -> RequestOptions<'a> {
        RequestOptions {
            method: "GET",
            url,
            body: none,
            headers: none,
            token: None,
            tenant: None,
            idempotency_key: None,
            kind,
            limit_ms: 5_000,
        }
    }

    fn built(options: &RequestOptions<'_>) -> web_sys::Request {
        options.prepare().unwrap().request()
    }

    #[wasm_bindgen_test]
    fn requests_that_must_outlive_the_page_have_keepalive() {
        let text = JsValue::from("{}");
        let long = JsValue::from("a".repeat(20_000));
        let form = JsValue::from(web_sys::FormData::new().unwrap());
        let table = [
            ("POST", &text, None, RequestKind::Keepalive, true),
            ("POST", &text, None, RequestKind::Cookies, false),
            ("POST", &text, Some("key"), RequestKind::Cookies, true),
            ("PUT", &text, None, RequestKind::Plain, true),
            ("PUT", &long, None, RequestKind::Plain, false),
            ("PUT", &form, None, RequestKind::Plain, false),
            ("DELETE", &NONE, None, RequestKind::Plain, true),
        ];
        for (method, body, idempotency_key, kind, expected) in table {
            let request = built(&RequestOptions { method, body, idempotency_key, ..options("/nowhere", kind, &NONE) });
            // Firefox supports the option, but has no property to read it back.
            let keepalive = js_sys::Reflect::get(&request, &"keepalive".into()).unwrap();
            assert!(keepalive.is_undefined() || keepalive.as_bool() == Some(expected), "{method} {idempotency_key:?}");
        }
    }

    #[wasm_bindgen_test]
    fn headers_and_cookies_follow_the_options() {
        let of = |request: &web_sys::Request, name| request.headers().get(name).unwrap();
        let full = built(&RequestOptions {
            method: "PUT",
            body: &"{}".into(),
            headers: &js_sys::JSON::parse(r#"[["X-Trace", "1"], ["Authorization", "mine"]]"#).unwrap(),
            token: Some("a.b.c"),
            tenant: Some("tenant"),
            idempotency_key: Some("key"),
            ..options("/nowhere", RequestKind::Cookies, &NONE)
        });
        assert_eq!((full.method().as_str(), full.credentials()), ("PUT", RequestCredentials::Include));
        assert_eq!(of(&full, "Content-Type").as_deref(), Some("application/json"));
        assert_eq!(of(&full, "Authorization").as_deref(), Some("Bearer a.b.c"), "the session's header replaces the caller's");
        assert_eq!(of(&full, "X-Trace").as_deref(), Some("1"));
        assert_eq!(of(&full, "X-FusionAuth-TenantId").as_deref(), Some("tenant"));
        assert_eq!(of(&full, "Idempotency-Key").as_deref(), Some("key"));
        let plain = built(&options("/nowhere", RequestKind::Plain, &NONE));
        assert_eq!(plain.credentials(), RequestCredentials::SameOrigin);
        for name in ["Content-Type", "Authorization", "X-FusionAuth-TenantId", "Idempotency-Key"] {
            assert_eq!(of(&plain, name), None);
        }
    }

    #[wasm_bindgen_test]
    async fn dropping_a_request_aborts_it_unless_it_has_keepalive() {
        let watch =
            "globalThis.realFetch = fetch; globalThis.fetch = request => (globalThis.signal = request.signal, new Promise(() => {}))";
        js_sys::eval(watch).unwrap();
        for (kind, expected) in [(RequestKind::Keepalive, false), (RequestKind::Cookies, true), (RequestKind::Plain, true)] {
            {
                let none = NONE;
                let options = options("/nowhere", kind, &none);
                let mut sent = pin!(send(&options));
                assert!(poll!(&mut sent).is_pending());
                assert_eq!(js_sys::eval("signal.aborted").unwrap(), false);
            }
            assert_eq!(js_sys::eval("signal.aborted").unwrap(), expected);
        }
        js_sys::eval("globalThis.fetch = realFetch").unwrap();
    }

    #[wasm_bindgen_test]
    async fn an_answer_that_was_read_to_its_end_is_not_aborted() {
        let watch = "globalThis.aborts = 0; globalThis.realAbort = AbortController.prototype.abort; AbortController.prototype.abort = function () { aborts++; realAbort.call(this); }";
        js_sys::eval(watch).unwrap();
        let answer =
            async || send(&options("data:text/plain,text", RequestKind::Plain, &NONE)).await.unwrap_or_else(|_| panic!("no answer"));
        assert_eq!(answer().await.text().await.as_deref(), Ok("text"));
        assert_eq!(answer().await.bytes().await.as_deref(), Ok(&b"text"[..]));
        assert_eq!(js_sys::eval("aborts").unwrap(), 0);
        drop(answer().await);
        assert_eq!(js_sys::eval("aborts").unwrap(), 1);
        js_sys::eval("AbortController.prototype.abort = realAbort").unwrap();
    }

    #[wasm_bindgen_test]
    async fn a_body_is_read_as_it_arrives_until_it_ends() {
        let Ok(answer) = send(&options("data:text/plain,some%20bytes", RequestKind::Plain, &NONE)).await else { panic!("no answer") };
        let mut chunks = answer.into_chunks(Duration::MAX);
        let mut all = Vec::new();
        while let Some(bytes) = chunks.next().await.unwrap() {
            all.extend(bytes);
        }
        assert_eq!(all, b"some bytes");
        assert_eq!(chunks.next().await, Ok(None));
        let empty = gloo_net::http::Response::builder().status(204).body(None::<&str>).unwrap();
        let mut none = Response::new(empty, Sent::new(None, 5_000)).into_chunks(Duration::MAX);
        assert_eq!(none.next().await, Err(FetchError::Network), "a missing body is an error");
    }

    #[wasm_bindgen_test]
    async fn a_silent_stream_ends_with_a_timeout() {
        let silent = js_sys::eval("new Response(new ReadableStream())").unwrap().unchecked_into::<web_sys::Response>();
        let mut chunks = Response::new(silent.into(), Sent::new(None, 5_000)).into_chunks(Duration::from_millis(1));
        assert_eq!(chunks.next().await, Err(FetchError::Timeout));
    }

    #[wasm_bindgen_test]
    async fn an_invalid_address_is_a_network_error() {
        assert_eq!(send(&options("http://", RequestKind::Plain, &NONE)).await.err(), Some(FetchError::Network));
    }

    #[wasm_bindgen_test]
    async fn a_header_that_the_browser_refuses_is_a_network_error() {
        let none = NONE;
        let options = RequestOptions { token: Some("a\nb"), ..options("/nowhere", RequestKind::Plain, &none) };
        assert_eq!(send(&options).await.err(), Some(FetchError::Network));
    }
}
