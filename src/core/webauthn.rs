//! The browser's passkeys: `navigator.credentials`, with the JSON of WebAuthn on both sides
//! (<https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON>). A browser that does not know that JSON counts as one without
//! passkeys.
//!
//! Members are looked up by their names. Declared functions would be listed in the script that each page loads first, and passkeys come
//! later.

use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Why the browser has not done what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebAuthnError {
    /// The authenticator has a passkey of this account already.
    #[error("the authenticator has a passkey already")]
    AlreadyThere,
    /// The user has cancelled, the time is over, or no authenticator can do it. Browsers do not tell these apart, so that no page learns
    /// which passkeys there are.
    #[error("the browser has refused")]
    Refused,
}

/// Whether the browser has passkeys.
pub fn is_supported() -> bool {
    member(&interface(), "parseCreationOptionsFromJSON").is_function()
}

/// Asks for a new passkey. `options` and the answer are JSON: `PublicKeyCredentialCreationOptionsJSON` and `RegistrationResponseJSON`.
pub async fn create(options: &str) -> Result<String, WebAuthnError> {
    ask("create", "parseCreationOptionsFromJSON", options).await.map_err(|error| {
        let name = member(&error, "name").as_string();
        if name.as_deref() == Some("InvalidStateError") { WebAuthnError::AlreadyThere } else { WebAuthnError::Refused }
    })
}

async fn ask(method: &str, parser: &str, options: &str) -> Result<String, JsValue> {
    let request = Object::new();
    Reflect::set(&request, &"publicKey".into(), &call(&interface(), parser, &JSON::parse(options)?)?)?;
    let credentials = member(&member(&window(), "navigator"), "credentials");
    let promise: Promise = call(&credentials, method, &request)?.dyn_into()?;
    let credential = JsFuture::from(promise).await?;
    JSON::stringify(&credential)?.as_string().ok_or(JsValue::NULL)
}

fn interface() -> JsValue {
    member(&window(), "PublicKeyCredential")
}

fn member(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn call(of: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    member(of, method).dyn_into::<Function>()?.call1(of, argument)
}
