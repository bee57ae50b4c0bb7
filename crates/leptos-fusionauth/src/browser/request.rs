use crate::browser::timer::Timer;
use js_sys::Reflect;
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, RequestCredentials, RequestInit, RequestMode};

/// What a request is for decides how it treats cookies and the end of the page.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// With cookies; it outlives the page, because its answer may carry a new refresh-token cookie.
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
    /// Milliseconds until the request is aborted; `None` for what must never be aborted.
    pub(crate) abort_after_ms: Option<u64>,
}

/// No answer that could be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// Offline, refused, reset, or forbidden by CORS: browsers don't say which.
    Network,
    /// Aborted by the time-out.
    Timeout,
}

/// Sends a request; dropping the future aborts it.
pub(crate) async fn send(outgoing: &Outgoing<'_>) -> Result<gloo_net::http::Response, NoAnswer> {
    let (request, abort) = build(outgoing).ok_or(NoAnswer::Network)?;
    let timed_out = Rc::new(Cell::new(false));
    let _timer = outgoing.abort_after_ms.map(|ms| {
        let (abort, timed_out) = (abort.0.clone(), timed_out.clone());
        Timer::after(ms, move || {
            timed_out.set(true);
            abort.abort();
        })
    });
    let answer = gloo_net::http::Request::from(request).send().await;
    // The name of the error differs between engines after an abort; only our own flag is reliable.
    let answer = answer.map_err(|_| if timed_out.get() { NoAnswer::Timeout } else { NoAnswer::Network });
    if answer.is_ok() {
        abort.defuse();
    }
    answer
}

/// Whether anything answers there, readable or not.
pub(crate) async fn is_there(url: &str) -> bool {
    let init = RequestInit::new();
    init.set_mode(RequestMode::NoCors);
    let Some(promise) = web_sys::window().map(|it| it.fetch_with_str_and_init(url, &init)) else { return false };
    JsFuture::from(promise).await.is_ok()
}

/// The body as text; an error if it was cut.
pub(crate) async fn text(response: gloo_net::http::Response) -> Result<String, NoAnswer> {
    let response: web_sys::Response = response.into();
    let promise = response.text().map_err(|_| NoAnswer::Network)?;
    let text = JsFuture::from(promise).await.map_err(|_| NoAnswer::Network)?;
    text.as_string().ok_or(NoAnswer::Network)
}

fn build(outgoing: &Outgoing<'_>) -> Option<(web_sys::Request, AbortOnDrop)> {
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
    let abort = AbortController::new().ok()?;
    let signal: AbortSignal = abort.signal();
    init.set_signal(Some(&signal));
    let request = web_sys::Request::new_with_str_and_init(outgoing.url, init.unchecked_ref()).ok()?;
    for (name, value) in outgoing.headers {
        request.headers().set(name, value).ok()?;
    }
    Some((request, AbortOnDrop(abort, Cell::new(true))))
}

/// Aborts the request when the future that waits for it is dropped: the component that asked is gone.
struct AbortOnDrop(AbortController, Cell<bool>);

impl AbortOnDrop {
    fn defuse(&self) {
        self.1.set(false);
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if self.1.get() {
            self.0.abort();
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn outgoing(kind: Kind) -> Outgoing<'static> {
        Outgoing {
            method: "POST",
            url: "/nowhere",
            headers: &[("Content-Type", "application/json")],
            body: Some("{}"),
            kind,
            abort_after_ms: None,
        }
    }

    #[wasm_bindgen_test]
    fn what_must_outlive_the_page_is_sent_with_keepalive() {
        for (kind, expected) in [(Kind::Outlives, true), (Kind::Cookies, false), (Kind::Plain, false)] {
            let (request, _abort) = build(&outgoing(kind)).expect("a request");
            // Firefox has the option, but not the property to read it back.
            let keepalive = Reflect::get(&request, &"keepalive".into()).unwrap();
            assert!(keepalive.is_undefined() || keepalive.as_bool() == Some(expected));
        }
    }

    #[wasm_bindgen_test]
    fn a_dropped_request_is_aborted_and_an_answered_one_is_not() {
        for (answered, aborted) in [(false, true), (true, false)] {
            let (request, abort) = build(&outgoing(Kind::Plain)).expect("a request");
            if answered {
                abort.defuse();
            }
            let signal = request.signal();
            drop(abort);
            assert_eq!(signal.aborted(), aborted);
        }
    }
}
