use crate::browser::timer::{Limit, first, limit};
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, RequestCredentials, RequestInit, RequestMode, Response};

/// What a request is for decides how it treats cookies and the end of the page.
#[derive(Clone, Copy)]
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
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Option<&'a str>,
    pub(crate) kind: Kind,
}

/// A request under way. Dropping it aborts the request, unless that is to outlive it. When it was answered in full,
/// that does nothing.
pub(crate) struct Sending {
    answer: Promise,
    abort: Option<AbortController>,
}

impl Sending {
    /// Sends a request. Nothing if the browser refuses to make one, for example of such an address.
    pub(crate) fn start(outgoing: &Outgoing<'_>) -> Option<Self> {
        let abort = AbortController::new().ok()?;
        let request = build(outgoing, &abort)?;
        // Not by gloo-net's `send`, whose error texts quote what JavaScript threw.
        let answer = leptos::prelude::window().fetch_with_request(&request);
        let outlives = matches!(outgoing.kind, Kind::Outlives);
        Some(Self { answer, abort: (!outlives).then_some(abort) })
    }

    /// The answer, once its headers are there.
    pub(crate) async fn answer(&self, limit: &Limit) -> Result<Response, NoAnswer> {
        first(&self.answer, limit).await.map(JsCast::unchecked_into).map_err(NoAnswer::of)
    }

    /// Leaves the request to whoever reads the body.
    pub(crate) fn let_be(mut self) {
        self.abort = None;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(abort) = &self.abort {
            abort.abort();
        }
    }
}

/// No answer that could be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Offline, refused, reset, or forbidden by CORS: browsers don't say which.
    Network,
    /// Not within the limit.
    Timeout,
}

impl NoAnswer {
    /// What is thrown is always an error, never `undefined` as when a limit is over.
    fn of(thrown: JsValue) -> Self {
        if thrown.is_undefined() { Self::Timeout } else { Self::Network }
    }
}

/// Sends a request, and waits for its answer's headers for at most so many milliseconds; dropping the future aborts it.
pub(crate) async fn send(outgoing: &Outgoing<'_>, limit_ms: i32) -> Result<Response, NoAnswer> {
    let sending = Sending::start(outgoing).ok_or(NoAnswer::Network)?;
    let response = sending.answer(&limit(limit_ms)).await?;
    sending.let_be();
    Ok(response)
}

/// The body as text; an error if it was cut or the limit is over.
pub(crate) async fn text(response: &Response, limit: &Limit) -> Result<String, NoAnswer> {
    let promise = response.text().map_err(NoAnswer::of)?;
    first(&promise, limit).await.map_err(NoAnswer::of)?.as_string().ok_or(NoAnswer::Network)
}

/// Whether anything answers there, readable or not.
pub(crate) async fn is_there(url: &str) -> bool {
    let init = RequestInit::new();
    init.set_mode(RequestMode::NoCors);
    let answer = leptos::prelude::window().fetch_with_str_and_init(url, &init);
    first(&answer, &limit(LOOK_LIMIT_MS)).await.is_ok()
}

/// Somebody waits meanwhile for how their sign-in came out.
const LOOK_LIMIT_MS: i32 = 5_000;

fn build(outgoing: &Outgoing<'_>, abort: &AbortController) -> Option<web_sys::Request> {
    let init = RequestInit::new();
    init.set_method(outgoing.method);
    init.set_credentials(match outgoing.kind {
        Kind::Outlives | Kind::Cookies => RequestCredentials::Include,
        Kind::Plain => RequestCredentials::SameOrigin,
    });
    if let Some(body) = outgoing.body {
        init.set_body(&body.into());
    }
    if matches!(outgoing.kind, Kind::Outlives) {
        // web-sys has no setter for it.
        Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE).ok()?;
    }
    init.set_signal(Some(&abort.signal()));
    let request = web_sys::Request::new_with_str_and_init(outgoing.url, &init).ok()?;
    for (name, value) in outgoing.headers {
        request.headers().set(name, value).ok()?;
    }
    Some(request)
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn outgoing(kind: Kind) -> Outgoing<'static> {
        Outgoing { method: "POST", url: "/nowhere", headers: &[("Content-Type", "application/json")], body: Some("{}"), kind }
    }

    fn built(kind: Kind) -> web_sys::Request {
        build(&outgoing(kind), &AbortController::new().unwrap()).expect("a request")
    }

    #[wasm_bindgen_test]
    fn what_must_outlive_the_page_is_sent_with_keepalive() {
        for (kind, expected) in [(Kind::Outlives, true), (Kind::Cookies, false), (Kind::Plain, false)] {
            // Firefox has the option, but not the property to read it back.
            let keepalive = Reflect::get(&built(kind), &"keepalive".into()).unwrap();
            assert!(keepalive.is_undefined() || keepalive.as_bool() == Some(expected));
        }
    }

    #[wasm_bindgen_test]
    fn a_dropped_request_is_aborted_unless_it_is_to_outlive_that_or_was_answered() {
        let aborted = |kind, end: fn(Sending)| {
            let sending = Sending::start(&outgoing(kind)).expect("a request");
            let _waited_for = first(&sending.answer, &limit(0));
            let abort = sending.abort.clone();
            end(sending);
            abort.map(|it| it.signal().aborted())
        };
        assert_eq!(aborted(Kind::Outlives, drop), None);
        assert_eq!(aborted(Kind::Cookies, drop), Some(true));
        assert_eq!(aborted(Kind::Plain, drop), Some(true));
        assert_eq!(aborted(Kind::Plain, Sending::let_be), Some(false));
    }
}
