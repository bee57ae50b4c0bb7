//! A fake session, so that an application can test its components without FusionAuth.

use crate::{SessionState, provider::signals};
use std::ops::Deref;

/// A session for the tests of components. It stores and sends nothing, and the test sets its behaviour by the methods of
/// [`fusionauth_session_web::FakeSession`], to which this type dereferences.
///
/// ```
/// # use leptos::prelude::*;
/// # use leptos_fusionauth::{FakeSession, LoginFailure, SessionState, use_session};
/// # let owner = Owner::new();
/// # owner.set();
/// let fake = FakeSession::provide(SessionState::SignedOut(None));
/// fake.reject_sign_in(LoginFailure::Locked);
/// // Components mounted from now on get the fake from `use_session`.
/// assert_eq!(use_session().state().get_untracked(), SessionState::SignedOut(None));
/// ```
#[derive(Clone, Copy)]
pub struct FakeSession(fusionauth_session_web::FakeSession);

impl FakeSession {
    /// Provides a fake session to the components under the current reactive owner.
    pub fn provide(state: SessionState) -> Self {
        let (signals, on_change) = signals(state.clone());
        let (fake, session) = fusionauth_session_web::FakeSession::start(state, on_change);
        signals.provide(session);
        Self(fake)
    }
}

impl Deref for FakeSession {
    type Target = fusionauth_session_web::FakeSession;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
