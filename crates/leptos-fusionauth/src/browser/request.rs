use super::script;
use js_sys::Array;
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What a request is for decides how it treats cookies and the end of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With cookies. It outlives the page and whoever waits for it, because its answer may carry a new refresh-token
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
    /// JSON.
    pub(crate) body: Option<&'a str>,
    /// An access token.
    pub(crate) token: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) kind: Kind,
    /// How long its answer is waited for, in milliseconds.
    pub(crate) limit_ms: i32,
}

/// No answer that could be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Offline, refused, reset, or forbidden by CORS: browsers don't say which. Or an address that is none.
    Network,
    /// Not within the limit.
    Timeout,
}

impl NoAnswer {
    /// What is thrown is always an error, never `undefined` as when a limit is over.
    fn of(thrown: &JsValue) -> Self {
        if thrown.is_undefined() { Self::Timeout } else { Self::Network }
    }
}

/// An answer that was read in full.
pub(crate) struct Whole {
    pub(crate) status: u16,
    pub(crate) retry_after_ms: Option<u64>,
    /// Its JSON: `null` if it is empty, `undefined` if it is something else.
    pub(crate) body: JsValue,
}

impl Whole {
    /// What [`Sending::whole`] comes to.
    pub(crate) fn of(parts: &JsValue) -> Self {
        let parts: &Array = parts.unchecked_ref();
        let number = |at| parts.get(at).as_f64();
        Self { status: number(0).unwrap_or_default() as u16, retry_after_ms: number(1).map(|it| it as u64), body: parts.get(2) }
    }
}

/// The answer that [`Sending::headers`] came to.
pub(crate) fn response(answer: JsValue) -> gloo_net::http::Response {
    answer.unchecked_into::<web_sys::Response>().into()
}

/// Whether anything answers there, readable or not. Somebody waits meanwhile for how their sign-in came out, so not for long.
#[cfg(any(feature = "events", debug_assertions))]
pub(crate) async fn is_there(url: &str) -> bool {
    let init = web_sys::RequestInit::new();
    init.set_mode(web_sys::RequestMode::NoCors);
    JsFuture::from(script::within(5_000, &leptos::prelude::window().fetch_with_str_and_init(url, &init))).await.is_ok()
}

/// A request under way. Dropping it aborts the request, unless that is to outlive it; an answer that was handed over is left alone.
pub(crate) struct Sending {
    sent: script::Sent,
    answer: JsFuture,
    outlives: bool,
}

impl Sending {
    /// Sends a request, and waits for the headers of its answer, a `Response`.
    pub(crate) fn headers(outgoing: &Outgoing<'_>) -> Self {
        Self::start(outgoing, false)
    }

    /// Sends a request, and waits for all of its answer, for [`Whole::of`].
    pub(crate) fn whole(outgoing: &Outgoing<'_>) -> Self {
        Self::start(outgoing, true)
    }

    fn start(outgoing: &Outgoing<'_>, whole: bool) -> Self {
        let Outgoing { method, url, body, token, tenant, idempotency_key, kind, limit_ms } = *outgoing;
        let outlives = kind == Kind::Outlives;
        let sent = script::send(limit_ms, whole, method, url, body, token, tenant, idempotency_key, kind != Kind::Plain, outlives);
        Self { answer: sent.answer().into(), sent, outlives }
    }
}

impl Future for Sending {
    type Output = Result<JsValue, NoAnswer>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(context));
        self.outlives |= answer.is_ok();
        Poll::Ready(answer.map_err(|it| NoAnswer::of(&it)))
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if !self.outlives {
            self.sent.abort();
        }
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
            method: &str,
            url: &str,
            body: Option<&str>,
            token: Option<&str>,
            tenant: Option<&str>,
            idempotency_key: Option<&str>,
            cookies: bool,
            outlives: bool,
            signal: Option<AbortSignal>,
        ) -> Request;
    }

    const NOWHERE: &str = "/nowhere";

    fn start(url: &str, kind: Kind, whole: bool) -> Sending {
        Sending::start(
            &Outgoing { method: "GET", url, body: None, token: None, tenant: None, idempotency_key: None, kind, limit_ms: 5_000 },
            whole,
        )
    }

    fn signal(sending: &Sending) -> AbortSignal {
        Reflect::get(&sending.sent, &"signal".into()).unwrap().unchecked_into()
    }

    #[wasm_bindgen_test]
    fn what_must_outlive_the_page_is_sent_with_keepalive() {
        let table = [
            ("POST", None, true, true),
            ("POST", None, false, false),
            ("POST", Some("key"), false, true),
            ("PUT", None, false, true),
            ("DELETE", None, false, true),
        ];
        for (method, key, outlives, expected) in table {
            let request = request(method, NOWHERE, Some("{}"), None, None, key, true, outlives, None);
            // Firefox has the option, but not the property to read it back.
            let keepalive = Reflect::get(&request, &"keepalive".into()).unwrap();
            assert!(keepalive.is_undefined() || keepalive.as_bool() == Some(expected), "{method} {key:?}");
        }
    }

    #[wasm_bindgen_test]
    fn headers_and_cookies_are_those_that_were_asked_for() {
        let of = |request: &Request, name| request.headers().get(name).unwrap();
        let full = request("PUT", NOWHERE, Some("{}"), Some("a.b.c"), Some("tenant"), Some("key"), true, false, None);
        assert_eq!((full.method().as_str(), full.credentials()), ("PUT", RequestCredentials::Include));
        assert_eq!(of(&full, "Content-Type").as_deref(), Some("application/json"));
        assert_eq!(of(&full, "Authorization").as_deref(), Some("Bearer a.b.c"));
        assert_eq!(of(&full, "X-FusionAuth-TenantId").as_deref(), Some("tenant"));
        assert_eq!(of(&full, "Idempotency-Key").as_deref(), Some("key"));
        let plain = request("GET", NOWHERE, None, None, None, None, false, false, None);
        assert_eq!(plain.credentials(), RequestCredentials::SameOrigin);
        for name in ["Content-Type", "Authorization", "X-FusionAuth-TenantId", "Idempotency-Key"] {
            assert_eq!(of(&plain, name), None);
        }
    }

    #[wasm_bindgen_test]
    fn a_request_that_is_dropped_is_aborted_unless_it_is_to_outlive_that() {
        for (kind, expected) in [(Kind::Outlives, false), (Kind::Cookies, true), (Kind::Plain, true)] {
            let sending = start(NOWHERE, kind, false);
            let signal = signal(&sending);
            drop(sending);
            assert_eq!(signal.aborted(), expected);
        }
    }

    #[wasm_bindgen_test]
    async fn an_answer_that_was_handed_over_is_left_alone() {
        let mut sending = start("data:application/json,{}", Kind::Plain, false);
        let signal = signal(&sending);
        let answer = (&mut sending).await;
        assert!(answer.is_ok_and(|it| it.is_instance_of::<web_sys::Response>()));
        drop(sending);
        assert!(!signal.aborted());
    }

    #[wasm_bindgen_test]
    async fn what_is_read_in_full_is_json_or_nothing_or_something_else() {
        for (body, expected) in [("{\"a\":1}", "object"), ("", "null"), ("<html>", "undefined"), ("{", "undefined")] {
            let Ok(parts) = start(&format!("data:text/plain,{}", js_sys::encode_uri_component(body)), Kind::Plain, true).await else {
                panic!("no answer to {body}");
            };
            let Whole { status, retry_after_ms, body: read } = Whole::of(&parts);
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
        assert!(start("http://", Kind::Plain, false).await.is_err_and(|it| it == NoAnswer::Network));
    }
}
