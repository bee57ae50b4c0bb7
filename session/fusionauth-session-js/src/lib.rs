//! The session for pages in JavaScript: the functions that `session/npm/index.js` calls.
//!
//! Only texts, numbers and objects of the browser cross the border, because classes and JSON would be more code on both sides. Texts arrive
//! as [`JsValue`], because the script would need code to copy a [`String`] for each parameter. A page has one session at a time, so no
//! function needs a handle.

mod change;
pub mod sign_in;

use change::OnChange;
use fusionauth_session_web::{FetchError, Session, SessionConfig, TokenStorage};
use js_sys::{Array, Promise};
use std::{cell::Cell, pin::Pin};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// Smaller than the standard library's allocator (Cargo.toml).
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

thread_local! {
    static SESSION: Cell<Option<Session>> = const { Cell::new(None) };
}

/// The session of the page.
pub(crate) fn session() -> Session {
    SESSION.get().expect("the package calls `start` first")
}

/// A text from JavaScript; empty for any other value.
pub(crate) fn text(value: JsValue) -> String {
    value.as_string().unwrap_or_default()
}

/// Starts a future. All futures have one type, because `future_to_promise` has code for each type.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    future_to_promise(future)
}

/// Starts the session. It calls `on_change` with each change, also before this function returns. `api_origins` is a list of texts;
/// `user_url` is empty unless the tokens are in cookies.
#[wasm_bindgen]
pub fn start(
    fusionauth_url: JsValue,
    application_id: JsValue,
    tenant_id: JsValue,
    token_storage: JsValue,
    user_url: JsValue,
    api_origins: Array,
    on_change: OnChange,
) {
    let config = SessionConfig {
        tenant_id: tenant_id.as_string(),
        token_storage: match &*text(token_storage) {
            "memory" => TokenStorage::Memory,
            "shared-domain-cookies" => TokenStorage::SharedDomainCookies,
            "backend-cookies" => TokenStorage::BackendCookies,
            _ => TokenStorage::LocalStorage,
        },
        user_url: text(user_url),
        api_origins: api_origins.iter().map(text).collect(),
        ..SessionConfig::new(text(fusionauth_url), text(application_id))
    };
    SESSION.set(Some(Session::start(config, move |change| change::pass(&on_change, &change))));
}

/// Ends the session in this page.
#[wasm_bindgen]
pub fn stop() {
    session().stop();
}

/// Signs out everywhere.
#[wasm_bindgen(js_name = signOut)]
pub fn sign_out() {
    session().sign_out();
}

/// The claims of the access token, or `undefined`.
#[wasm_bindgen]
pub fn claims() -> JsValue {
    session().claims_object()
}

/// Sends a request with the session's credentials. The promise is rejected with the error's code.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request) -> Promise {
    promise(async move { session().fetch_request(&request).await.map(Into::into).map_err(code) })
}

/// An access token, or `undefined` if the tokens are in cookies. The promise is rejected with the error's code.
#[wasm_bindgen(js_name = accessToken)]
pub fn access_token() -> Promise {
    promise(async {
        let token = session().access_token().await.map_err(code)?;
        Ok(token.map_or(JsValue::UNDEFINED, |it| it.expose().into()))
    })
}

fn code(error: FetchError) -> JsValue {
    JsValue::from(match error {
        FetchError::SignedOut => "signed-out",
        FetchError::Reconnecting => "reconnecting",
        FetchError::ForeignOrigin => "foreign-origin",
        _ => "network",
    })
}
