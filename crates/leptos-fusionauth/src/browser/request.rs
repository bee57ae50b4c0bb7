//! Sends a request with `fetch`, with a time limit and with the cookie rules of its kind.

use super::script;
use crate::FetchError;
use js_sys::Array;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The kind of a request, which decides how it treats cookies and the end of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With cookies. The request outlives the page and its caller, because its answer may carry a new refresh-token
    /// cookie.
    Outlives,
    /// With cookies.
    Cookies,
    /// To a backend that needs no cookies.
    Plain,
}

/// A request to send.
pub(crate) struct Outgoing<'a> {
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
    pub(crate) kind: Kind,
    /// How long its answer is waited for, in milliseconds.
    pub(crate) limit_ms: i32,
}

/// An answer that was read in full.
pub(crate) struct Whole {
    pub(crate) status: u16,
    pub(crate) retry_after_ms: Option<u64>,
    /// The body's JSON: `null` if the body is empty, `undefined` if it is not JSON.
    pub(crate) body: JsValue,
}

impl Whole {
    /// Reads the value that [`Sending::whole`] resolves to.
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
pub(crate) struct Exchange(script::Sent);

impl Exchange {
    /// A placeholder without a request, left behind when the request is handed on.
    pub(crate) fn none() -> Self {
        Self(JsValue::UNDEFINED.unchecked_into())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.0.is_undefined() {
            self.0.abort();
        }
    }
}

/// The result of a request.
pub(crate) struct Received {
    /// A `Response` of the browser, or the value that [`Sending::whole`] resolves to.
    pub(crate) value: JsValue,
    pub(crate) exchange: Exchange,
}

impl Received {
    /// Reads the body of a `Response` by one of its methods, within the time limit of the request.
    pub(crate) fn body(&self, how: &str) -> JsFuture {
        let Exchange(sent) = &self.exchange;
        #[cfg(feature = "fake")]
        if sent.is_undefined() {
            return script::body(&self.value, how).into();
        }
        sent.read(&self.value, how).into()
    }
}

/// Reads the reason with which a promise of `browser.js` is rejected: `undefined` after a time limit, `null` for a body
/// that is not JSON, else an error.
pub(crate) fn thrown(it: &JsValue) -> FetchError {
    if it.is_undefined() {
        FetchError::Timeout
    } else if it.is_null() {
        FetchError::Unreadable
    } else {
        FetchError::Network
    }
}

/// A request under way.
pub(crate) struct Sending {
    exchange: Exchange,
    answer: JsFuture,
}

impl Sending {
    /// Sends a request, and waits for the headers of its answer.
    pub(crate) fn headers(outgoing: &Outgoing<'_>) -> Self {
        Self::start(outgoing, false)
    }

    /// Sends a request, and waits for all of its answer, for [`Whole::of`].
    pub(crate) fn whole(outgoing: &Outgoing<'_>) -> Self {
        Self::start(outgoing, true)
    }

    fn start(outgoing: &Outgoing<'_>, whole: bool) -> Self {
        let Outgoing { method, url, body, headers, token, tenant, idempotency_key, kind, limit_ms } = *outgoing;
        let outlives = kind == Kind::Outlives;
        let sent = script::send(limit_ms, whole, outlives, method, url, body, headers, token, tenant, idempotency_key, kind != Kind::Plain);
        Self { answer: sent.answer().into(), exchange: Exchange(sent) }
    }
}

impl Future for Sending {
    type Output = Result<Received, FetchError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        let exchange = std::mem::replace(&mut self.exchange, Exchange::none());
        Poll::Ready(answer.map(|value| Received { value, exchange }).map_err(|it| thrown(&it)))
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
            outlives: bool,
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

    fn start(url: &str, kind: Kind, whole: bool) -> Sending {
        Sending::start(
            &Outgoing {
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
            whole,
        )
    }

    fn signal(exchange: &Exchange) -> AbortSignal {
        Reflect::get(&exchange.0, &"signal".into()).unwrap().unchecked_into()
    }

    #[wasm_bindgen_test]
    fn what_must_outlive_the_page_is_sent_with_keepalive() {
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
        for (method, body, key, outlives, expected) in table {
            let request = request(outlives, method, NOWHERE, body, &NONE, None, None, key, true);
            // Firefox has the option, but not the property to read it back.
            let keepalive = Reflect::get(&request, &"keepalive".into()).unwrap();
            assert!(keepalive.is_undefined() || keepalive.as_bool() == Some(expected), "{method} {key:?}");
        }
    }

    #[wasm_bindgen_test]
    fn headers_and_cookies_are_those_that_were_asked_for() {
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
    fn a_request_that_is_dropped_is_aborted_unless_it_is_to_outlive_that() {
        for (kind, expected) in [(Kind::Outlives, false), (Kind::Cookies, true), (Kind::Plain, true)] {
            let sending = start(NOWHERE, kind, false);
            let signal = signal(&sending.exchange);
            drop(sending);
            assert_eq!(signal.aborted(), expected);
        }
    }

    #[wasm_bindgen_test]
    async fn an_answer_is_aborted_when_it_is_dropped_and_not_before() {
        let mut sending = start("data:application/json,7", Kind::Plain, false);
        let signal = signal(&sending.exchange);
        let Ok(answer) = (&mut sending).await else { panic!("no answer") };
        drop(sending);
        assert!(!signal.aborted());
        drop(answer);
        assert!(signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn what_is_read_in_full_is_json_or_nothing_or_something_else() {
        for (body, expected) in [("{\"a\":1}", "object"), ("", "null"), ("<html>", "undefined"), ("{", "undefined")] {
            let Ok(answer) = start(&format!("data:text/plain,{}", js_sys::encode_uri_component(body)), Kind::Plain, true).await else {
                panic!("no answer to {body}");
            };
            let Whole { status, retry_after_ms, body: read } = Whole::of(&answer.value);
            assert_eq!((status, retry_after_ms), (200, None));
            let is = if read.is_null() {
                "null"
            } else if read.is_undefined() {
                "undefined"
            } else {
                "object"
            };
            assert_eq!(is, expected, "{body}");
        }
    }

    #[wasm_bindgen_test]
    async fn an_address_that_is_none_is_no_answer() {
        assert!(start("http://", Kind::Plain, false).await.is_err_and(|it| it == FetchError::Network));
    }
}
