//! Passkeys, through the browser's `navigator.credentials`. Options and answers are WebAuthn's JSON
//! (<https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON>). A browser without functions for that JSON counts as a browser
//! without passkeys.
//!
//! This module looks up the browser's functions by name. Functions declared with `#[wasm_bindgen]` would be in the script that every page
//! loads first, although a page needs passkeys only later.

use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::{set_timeout, window};
use leptos_fusionauth::{future_of, json};
use serde::Serialize;
use std::{cell::RefCell, time::Duration};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal};

/// Why the browser did not return a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WebAuthnError {
    /// The authenticator already has a passkey for this account.
    #[error("the authenticator has a passkey already")]
    AlreadyThere,
    /// The user cancelled, the time ran out, or no authenticator can serve the request. Browsers do not distinguish these cases, so that no
    /// page learns which passkeys exist.
    #[error("the browser has refused")]
    Refused,
}

/// Whether the browser supports passkeys.
pub fn is_supported() -> bool {
    member(&interface(), "parseCreationOptionsFromJSON").is_function()
}

/// Asks the browser for a new passkey. `options` and the answer are JSON: `PublicKeyCredentialCreationOptionsJSON` and
/// `RegistrationResponseJSON`.
pub async fn create(options: &str) -> Result<String, WebAuthnError> {
    create_with(options, &Object::new(), None).await
}

/// Like [`create`], but the browser asks the user nothing. A password manager creates the passkey if it has just filled in the password of
/// the same account (<https://www.w3.org/TR/webauthn-3/#dom-credentialcreationoptions-mediation>). Otherwise the browser refuses, some
/// browsers only when the time is up. The next call of this module aborts this one.
///
/// The password manager may have verified neither the user nor their presence. FusionAuth refuses such a passkey if the tenant requires the
/// verification; send [`Signal::Unknown`] then.
///
/// ```rust,no_run
/// use leptos::prelude::*;
/// use leptos_fusionauth::{AfterSignIn, Session, use_session};
/// use leptos_fusionauth_forms::{page_scope::PageScope, webauthn};
///
/// /// Your backend: `POST /api/webauthn/register/start`; the options as JSON.
/// async fn start(session: Session) -> Option<String> {
///     # let _ = session;
///     None
/// }
///
/// /// Your backend: `POST /api/webauthn/register/complete`. If FusionAuth refuses the passkey, also send `Signal::Unknown`.
/// async fn complete(session: Session, passkey: &str) {
///     # let _ = (session, passkey);
/// }
///
/// #[component]
/// fn CreatePasskey() -> impl IntoView {
///     let session = use_session();
///     PageScope::current().spawn(async move {
///         if webauthn::is_conditional_create_available().await
///             && let Some(options) = start(session).await
///             && let Ok(passkey) = webauthn::create_conditionally(&options).await
///         {
///             complete(session, &passkey).await;
///         }
///     });
/// }
///
/// #[component]
/// fn Shell() -> impl IntoView {
///     view! { <AfterSignIn><CreatePasskey/></AfterSignIn> }
/// }
/// ```
pub async fn create_conditionally(options: &str) -> Result<String, WebAuthnError> {
    let abort = Abort::after(CONDITIONAL_CREATION_MS).ok_or(WebAuthnError::Refused)?;
    create_with(options, &conditional(&abort.signal()), Some(abort.0.clone())).await
}

/// Whether a password manager could now create a passkey without asking the user ([`create_conditionally`]): the browser supports that, its
/// password managers can forget a passkey that FusionAuth refuses ([`Signal::Unknown`]), and this tab has the focus.
pub async fn is_conditional_create_available() -> bool {
    let has_focus = call(&member(&window(), "document"), "hasFocus", &JsValue::UNDEFINED).is_ok_and(|it| it.as_bool() == Some(true));
    let can_forget = member(&interface(), UNKNOWN).is_function();
    has_focus && can_forget && member(&ask_browser("getClientCapabilities").await, "conditionalCreate").as_bool() == Some(true)
}

async fn create_with(options: &str, request: &Object, abort: Option<AbortController>) -> Result<String, WebAuthnError> {
    ask("create", "parseCreationOptionsFromJSON", options, request, abort).await.map_err(|error| {
        let name = member(&error, "name").as_string();
        if name.as_deref() == Some("InvalidStateError") { WebAuthnError::AlreadyThere } else { WebAuthnError::Refused }
    })
}

/// Asks the browser for a signature with a passkey. `options` and the answer are JSON: `PublicKeyCredentialRequestOptionsJSON` and
/// `AuthenticationResponseJSON`.
pub async fn get(options: &str) -> Result<String, WebAuthnError> {
    ask("get", "parseRequestOptionsFromJSON", options, &Object::new(), None).await.map_err(|_| WebAuthnError::Refused)
}

/// Whether the device itself can store passkeys and verify the user, for example with its screen lock.
pub async fn is_device_able() -> bool {
    ask_browser("isUserVerifyingPlatformAuthenticatorAvailable").await.as_bool() == Some(true)
}

/// Whether the browser can offer passkeys among its suggestions for a form field (conditional mediation).
pub async fn is_offered_in_forms() -> bool {
    ask_browser("isConditionalMediationAvailable").await.as_bool() == Some(true)
}

/// The browser's answer; `undefined` if it does not know the question.
async fn ask_browser(question: &str) -> JsValue {
    match call(&interface(), question, &JsValue::UNDEFINED).and_then(JsCast::dyn_into::<Promise>) {
        Ok(promise) => future_of(promise).await.unwrap_or(JsValue::UNDEFINED),
        Err(_) => JsValue::UNDEFINED,
    }
}

/// Like [`get`], but the browser shows nothing until the user chooses a passkey among its suggestions for the form.
pub async fn get_in_form(options: &str, signal: &AbortSignal) -> Result<String, WebAuthnError> {
    ask("get", "parseRequestOptionsFromJSON", options, &conditional(signal), None).await.map_err(|_| WebAuthnError::Refused)
}

/// A request that asks the user nothing, with its signal to abort.
fn conditional(signal: &AbortSignal) -> Object {
    let request = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&request, &name.into(), value);
    _ = set("mediation", &"conditional".into());
    _ = set("signal", signal);
    request
}

/// Aborts a call of [`get_in_form`] when it is dropped. A browser allows one call at a time, so the call must end before the next one
/// begins.
pub struct Abort(AbortController);

impl Abort {
    /// Creates a handle that aborts one call, at the latest after this many milliseconds. `None` if the browser cannot abort calls.
    pub fn after(milliseconds: u64) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let timed = controller.clone();
        set_timeout(move || timed.abort(), Duration::from_millis(milliseconds));
        Some(Self(controller))
    }

    /// The signal to pass to [`get_in_form`].
    pub fn signal(&self) -> AbortSignal {
        self.0.signal()
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A statement about passkeys for the browser and its password managers. All ids are those of the browser, in base64url without padding.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Signal<'a> {
    /// FusionAuth accepts these passkeys of this user. Password managers stop offering the user's other passkeys, so never send an
    /// incomplete list.
    AllAccepted {
        /// The domain that the passkeys belong to.
        rp_id: &'a str,
        /// The user's id as authenticators store it.
        user_id: &'a str,
        /// The ids of all passkeys.
        all_accepted_credential_ids: &'a [String],
    },
    /// The user has these names. Password managers show them with each of the user's passkeys.
    CurrentUser {
        /// The domain that the passkeys belong to.
        rp_id: &'a str,
        /// The user's id as authenticators store it.
        user_id: &'a str,
        /// The email or user name.
        name: &'a str,
        /// The name that people know the user by.
        display_name: &'a str,
    },
    /// FusionAuth does not know this passkey, so password managers stop offering it.
    Unknown {
        /// The domain that the passkey belongs to.
        rp_id: &'a str,
        /// The id of the passkey.
        credential_id: &'a str,
    },
}

/// Sends a statement by WebAuthn's Signal API (<https://www.w3.org/TR/webauthn-3/#sctn-signal-methods>). Does nothing if the browser lacks
/// the API. The browser does not report whether a password manager has acted.
pub async fn signal(signal: Signal<'_>) {
    let method = match signal {
        Signal::AllAccepted { .. } => "signalAllAcceptedCredentials",
        Signal::CurrentUser { .. } => "signalCurrentUserDetails",
        Signal::Unknown { .. } => UNKNOWN,
    };
    let options = JSON::parse(&json::encode(&signal));
    if let Ok(promise) = options.and_then(|options| call(&interface(), method, &options)).and_then(JsCast::dyn_into::<Promise>) {
        _ = future_of(promise).await;
    }
}

/// The browser's function for [`Signal::Unknown`].
const UNKNOWN: &str = "signalUnknownCredential";

/// The page's host, the domain that passkeys belong to if FusionAuth's options name none.
pub(crate) fn host() -> String {
    member(&member(&window(), "location"), "hostname").as_string().unwrap_or_default()
}

/// How long a password manager may take to create a passkey without asking the user, in milliseconds.
const CONDITIONAL_CREATION_MS: u64 = 30_000;

thread_local! {
    /// Aborts the last call of [`create_conditionally`]. Otherwise the browser would refuse the next call.
    static CONDITIONAL_CREATION: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// `abort` is that of a call of [`create_conditionally`].
async fn ask(method: &str, parser: &str, options: &str, request: &Object, abort: Option<AbortController>) -> Result<String, JsValue> {
    if let Some(last) = CONDITIONAL_CREATION.replace(abort) {
        last.abort();
    }
    Reflect::set(request, &"publicKey".into(), &call(&interface(), parser, &JSON::parse(options)?)?)?;
    let credentials = member(&member(&window(), "navigator"), "credentials");
    let promise: Promise = call(&credentials, method, request)?.dyn_into()?;
    let credential = future_of(promise).await?;
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
