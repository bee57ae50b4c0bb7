//! A replacement for the driver whose session never begins. It serves only to measure how many bytes the session library
//! adds to an application.

use crate::{
    ApiRequest, FetchError, Response, SessionConfig,
    change::{OnChange, SessionChange},
    fusionauth::SignInInput,
};
use fusionauth_session::{Credential, CredentialError, Event, LoginFailure, RefusedRequest, ResourceId, SessionState};
use std::future::{Ready, ready};
use wasm_bindgen::JsValue;

pub(crate) struct Driver(SessionConfig);

#[expect(clippy::unused_self, reason = "the real driver's methods use `self`")]
impl Driver {
    pub(crate) fn start(config: SessionConfig, on_change: OnChange) -> &'static Self {
        on_change(SessionChange::State(SessionState::SignedOut(None)));
        Box::leak(Box::new(Self(config)))
    }

    pub(crate) fn stop(&self) {}

    pub(crate) fn state(&self) -> SessionState {
        SessionState::SignedOut(None)
    }

    pub(crate) fn config(&self) -> &SessionConfig {
        &self.0
    }

    pub(crate) fn credential(&self, _: Option<RefusedRequest>) -> Ready<Result<Credential, CredentialError>> {
        ready(Err(CredentialError::SignedOut))
    }

    pub(crate) fn may_send_to(&self, _: &str) -> bool {
        true
    }

    pub(crate) fn send_two_factor_code(&self, _: &str, _: &str) -> Ready<Result<u16, FetchError>> {
        ready(Err(FetchError::SignedOut))
    }

    pub(crate) fn claims<T>(&self) -> Option<T> {
        None
    }

    pub(crate) fn claims_object(&self) -> JsValue {
        JsValue::UNDEFINED
    }

    pub(crate) fn is_unauthorized(&self, _: &ApiRequest, _: &Response) -> bool {
        false
    }

    pub(crate) fn authorized(&self, _: ResourceId) {}

    pub(crate) fn sign_in(&self, _: SignInInput) -> Ready<Result<(), LoginFailure>> {
        ready(Err(LoginFailure::NoAnswer))
    }

    pub(crate) fn last_refusal(&self) -> String {
        String::new()
    }

    pub(crate) fn dispatch(&self, _: Event) {}
}
