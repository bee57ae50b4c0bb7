//! The browser's passkeys: `navigator.credentials`, with the JSON of WebAuthn on both sides
//! (<https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON>). A browser that does not know that JSON counts as one without
//! passkeys.
//!
//! Members are looked up by name. Declared functions would be in the script that each page loads first, and passkeys come later.

use super::storage;
use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::{set_timeout, window};
use std::time::Duration;
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal};

/// Why the browser did not return a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebAuthnError {
    /// The authenticator already has a passkey of this account.
    #[error("the authenticator has a passkey already")]
    AlreadyThere,
    /// The user cancelled, the time ran out, or no authenticator can do it. Browsers do not distinguish these, so that no page learns which
    /// passkeys exist.
    #[error("the browser has refused")]
    Refused,
}

/// Whether the browser supports passkeys.
pub fn is_supported() -> bool {
    member(&interface(), "parseCreationOptionsFromJSON").is_function()
}

/// Asks for a new passkey. `options` and the answer are JSON: `PublicKeyCredentialCreationOptionsJSON` and `RegistrationResponseJSON`.
pub async fn create(options: &str) -> Result<String, WebAuthnError> {
    ask("create", "parseCreationOptionsFromJSON", options, &Object::new()).await.map_err(|error| {
        let name = member(&error, "name").as_string();
        if name.as_deref() == Some("InvalidStateError") { WebAuthnError::AlreadyThere } else { WebAuthnError::Refused }
    })
}

/// Asks for a signature with a passkey. `options` and the answer are JSON: `PublicKeyCredentialRequestOptionsJSON` and
/// `AuthenticationResponseJSON`.
pub async fn get(options: &str) -> Result<String, WebAuthnError> {
    ask("get", "parseRequestOptionsFromJSON", options, &Object::new()).await.map_err(|_| WebAuthnError::Refused)
}

/// Whether the device itself can have passkeys, such as behind its screen lock.
pub async fn is_device_able() -> bool {
    is_so("isUserVerifyingPlatformAuthenticatorAvailable").await
}

/// Whether the browser offers passkeys when it fills in a form.
pub async fn is_offered_in_forms() -> bool {
    is_so("isConditionalMediationAvailable").await
}

async fn is_so(question: &str) -> bool {
    match call(&interface(), question, &JsValue::UNDEFINED).and_then(JsCast::dyn_into::<Promise>) {
        Ok(promise) => JsFuture::from(promise).await.is_ok_and(|it| it.as_bool() == Some(true)),
        Err(_) => false,
    }
}

/// The id of the last user of a passkey here who stayed signed in. FusionAuth must know the user of a passkey, and a form that offers one
/// by itself does not ask for the user.
pub fn last_user() -> Option<String> {
    storage::local()?.get_item(LAST_USER).ok().flatten()
}

/// Stores the id for [`last_user`].
pub fn set_last_user(id: &str) {
    _ = storage::local().map(|storage| storage.set_item(LAST_USER, id));
}

/// Removes the stored id.
pub fn forget_last_user() {
    _ = storage::local().map(|storage| storage.remove_item(LAST_USER));
}

const LAST_USER: &str = "storefront.passkey-user";

/// As [`get`], but nothing is shown until the user chooses a passkey among the browser's suggestions for the form.
pub async fn get_in_form(options: &str, signal: &AbortSignal) -> Result<String, WebAuthnError> {
    let request = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&request, &name.into(), value);
    _ = set("mediation", &"conditional".into());
    _ = set("signal", signal);
    ask("get", "parseRequestOptionsFromJSON", options, &request).await.map_err(|_| WebAuthnError::Refused)
}

/// Ends a [`get_in_form`] when it is dropped. A browser has one call at a time, so it must end before the next begins.
pub struct Abort(AbortController);

impl Abort {
    /// For one call, which also ends after this many milliseconds. `None` if the browser cannot end a call.
    pub fn after(milliseconds: u64) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let timed = controller.clone();
        set_timeout(move || timed.abort(), Duration::from_millis(milliseconds));
        Some(Self(controller))
    }

    /// The argument of the call.
    pub fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn ask(method: &str, parser: &str, options: &str, request: &Object) -> Result<String, JsValue> {
    Reflect::set(request, &"publicKey".into(), &call(&interface(), parser, &JSON::parse(options)?)?)?;
    let credentials = member(&member(&window(), "navigator"), "credentials");
    let promise: Promise = call(&credentials, method, request)?.dyn_into()?;
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
