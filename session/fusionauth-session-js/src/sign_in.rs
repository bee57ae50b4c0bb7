//! The ways to sign in, and their outcomes in the package's words.

use crate::{promise, session, text};
use fusionauth_session_web::{KeepSignedIn, LoginFailure, LoginStep};
use js_sys::Promise;
use wasm_bindgen::prelude::*;

/// Signs in by this step, with a body in JSON. Resolves to the outcome's name, or to the status of an unexpected answer.
#[wasm_bindgen(js_name = signIn)]
pub fn sign_in(step: JsValue, body: JsValue, keep_signed_in: JsValue) -> Promise {
    promise(async move {
        let session = match keep_signed_in.as_bool() {
            Some(true) => session().keep_signed_in(KeepSignedIn::Yes),
            Some(false) => session().keep_signed_in(KeepSignedIn::No),
            None => session(),
        };
        let step = match &*text(step) {
            "two-factor" => LoginStep::SecondFactor,
            "passkey" => LoginStep::Passkey,
            "passwordless" => LoginStep::Passwordless,
            _ => LoginStep::Password,
        };
        let result = session.sign_in_with_json(step, text(body)).await;
        Ok(match result {
            Ok(()) => "signed-in".into(),
            Err(LoginFailure::Unavailable { status }) => status.into(),
            Err(failure) => failure.code().into(),
        })
    })
}

/// The body of the last answer that did not sign in, with the data for the next step.
#[wasm_bindgen(js_name = nextStep)]
pub fn next_step() -> JsValue {
    session().next_step_json().into()
}
