//! The session for pages in JavaScript: the functions that `packages/session-npm/index.js` calls.
//!
//! Only texts, numbers and objects of the browser cross the border, because classes and JSON would be more code on both sides. A page has
//! one session at a time, so no function needs a handle.

mod change;
pub mod sign_in;

use fusionauth_session_web::{FetchError, Session, SessionConfig, TokenStorage};
use js_sys::Function;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

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

/// Starts the session. It calls `on_change` with each change, also before this function returns. `api_origins` are separated by spaces;
/// `user_url` is empty unless the tokens are in cookies.
#[wasm_bindgen]
pub fn start(
    fusionauth_url: String,
    application_id: String,
    tenant_id: Option<String>,
    token_storage: &str,
    user_url: String,
    api_origins: &str,
    on_change: Function,
) {
    let config = SessionConfig {
        tenant_id,
        token_storage: match token_storage {
            "memory" => TokenStorage::Memory,
            "shared-domain-cookies" => TokenStorage::SharedDomainCookies { user_url },
            "backend-cookies" => TokenStorage::BackendCookies { user_url },
            _ => TokenStorage::LocalStorage,
        },
        api_origins: api_origins.split(' ').map(str::to_owned).collect(),
        ..SessionConfig::new(fusionauth_url, application_id)
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

/// Sends a request with the session's credentials.
///
/// # Errors
///
/// The error's code.
#[wasm_bindgen]
pub async fn fetch(request: web_sys::Request) -> Result<JsValue, JsValue> {
    session().fetch_request(&request).await.map(Into::into).map_err(code)
}

/// An access token, or `undefined` if the tokens are in cookies.
///
/// # Errors
///
/// The error's code.
#[wasm_bindgen(js_name = accessToken)]
pub async fn access_token() -> Result<JsValue, JsValue> {
    let token = session().access_token().await.map_err(code)?;
    Ok(token.map_or(JsValue::UNDEFINED, |it| it.expose().into()))
}

fn code(error: FetchError) -> JsValue {
    JsValue::from(match error {
        FetchError::SignedOut => "signed-out",
        FetchError::Reconnecting => "reconnecting",
        FetchError::ForeignOrigin => "foreign-origin",
        _ => "network",
    })
}
