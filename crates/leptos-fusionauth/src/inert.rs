//! In place of the driver and its machine: a session that never begins. What an application weighs less with it is what the session
//! costs; it is of no other use.

use crate::{ApiRequest, FetchError, SessionConfig, fetch::Wish, fusionauth::Credentials};
use fusionauth_session::{Event, Notice, Pass, SignIn, View};
use leptos::prelude::*;
use std::future::{Ready, ready};

pub(crate) struct Driver;

#[expect(clippy::unused_self, reason = "the driver needs itself")]
impl Driver {
    pub(crate) fn start(_: SessionConfig, view: RwSignal<View>, _: RwSignal<Option<Notice>>) -> &'static Self {
        view.set(View::SignedOut(None));
        &Self
    }

    pub(crate) fn stop(&self) {}

    pub(crate) fn pass(&self, _: Wish) -> Ready<Result<Pass, FetchError>> {
        ready(Err(FetchError::SignedOut))
    }

    pub(crate) fn is_refusal(&self, _: &ApiRequest, _: &gloo_net::http::Response) -> bool {
        false
    }

    pub(crate) fn sign_in(&self, _: Credentials) -> Ready<SignIn> {
        ready(SignIn::NoAnswer)
    }

    pub(crate) fn dispatch(&self, _: Event) {}
}
