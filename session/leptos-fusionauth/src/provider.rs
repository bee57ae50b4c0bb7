//! The component that provides a session, and the reactive [`Session`] handle.

#[cfg(feature = "events")]
use crate::SessionEvent;
use crate::{KeepSignedIn, Notice, SessionConfig, SessionState};
use fusionauth_session_web::SessionChange;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::ops::Deref;

/// Provides a [`Session`] to its children. A page must have only one provider: two would share storage and the lock, but
/// each would answer only its own callers.
#[component]
pub fn SessionProvider(
    /// The settings of the session.
    config: SessionConfig,
    /// The application.
    children: Children,
) -> impl IntoView {
    let (signals, on_change) = signals(SessionState::Loading);
    signals.provide(fusionauth_session_web::Session::start(config, on_change));
    children()
}

/// The session of the surrounding [`SessionProvider`].
///
/// # Panics
///
/// If there is no [`SessionProvider`] around the component.
pub fn use_session() -> Session {
    // `expect_context` would add Unicode tables (3 KB) to the program, because its message quotes the type's name.
    use_context().expect("a SessionProvider around this component")
}

/// A handle to the session. It is `Copy`, so you can pass it to any code that needs it.
///
/// Its own methods are reactive. All others, such as `sign_in`, `sign_out` and `fetch`, are those of [`fusionauth_session_web::Session`], to
/// which this type dereferences.
#[derive(Clone, Copy)]
pub struct Session {
    signals: Signals,
    session: fusionauth_session_web::Session,
}

impl Session {
    /// The session's state for the user interface. The signal notifies only if the state differs from the previous one.
    pub fn state(self) -> ReadSignal<SessionState> {
        self.signals.state
    }

    /// A message for the user, such as that storage is blocked.
    pub fn notice(self) -> ReadSignal<Option<Notice>> {
        self.signals.notice
    }

    /// As [`fusionauth_session_web::Session::keep_signed_in`].
    #[must_use]
    pub fn keep_signed_in(self, keep: KeepSignedIn) -> Self {
        Self { session: self.session.keep_signed_in(keep), ..self }
    }

    /// As [`fusionauth_session_web::Session::claims`]. Reactive code runs again when [`Session::state`] changes. A renewal alone does not
    /// change that state, even if the new token has other roles. With the feature `roles`, reactive code also runs again when the token
    /// changes.
    pub fn claims<T: DeserializeOwned>(self) -> Option<T> {
        self.track_claims();
        self.session.claims()
    }

    pub(crate) fn track_claims(self) {
        self.signals.state.track();
        #[cfg(feature = "roles")]
        self.signals.token.track();
    }

    /// Changes with each new access token.
    #[cfg(feature = "roles")]
    pub(crate) fn token(self) -> ReadSignal<()> {
        self.signals.token
    }

    /// Calls `listener` with each change from now on, until the current reactive owner is cleaned up. The listener runs during
    /// the change, and may call any method. A fake reports no events.
    #[cfg(feature = "events")]
    pub fn add_listener(self, listener: impl Fn(SessionEvent) + 'static) {
        let id = self.session.add_listener(listener);
        on_cleanup(move || self.session.remove_listener(id));
    }
}

impl Deref for Session {
    type Target = fusionauth_session_web::Session;

    fn deref(&self) -> &Self::Target {
        &self.session
    }
}

/// The signals of a session.
#[derive(Clone, Copy)]
pub(crate) struct Signals {
    state: ReadSignal<SessionState>,
    notice: ReadSignal<Option<Notice>>,
    #[cfg(feature = "roles")]
    token: ReadSignal<()>,
}

/// Creates the signals of a session, and the function that sets them.
pub(crate) fn signals(state: SessionState) -> (Signals, impl Fn(SessionChange)) {
    let (state, notice) = (RwSignal::new(state), RwSignal::new(None));
    #[cfg(feature = "roles")]
    let token = RwSignal::new(());
    let signals = Signals {
        state: state.read_only(),
        notice: notice.read_only(),
        #[cfg(feature = "roles")]
        token: token.read_only(),
    };
    let on_change = move |change| match change {
        SessionChange::State(it) => drop(state.try_set(it)),
        SessionChange::Notice(it) => drop(notice.try_set(Some(it))),
        #[cfg(feature = "roles")]
        SessionChange::Token => drop(token.try_set(())),
        _ => {}
    };
    (signals, on_change)
}

impl Signals {
    /// Provides a session with these signals, until the current reactive owner is cleaned up.
    pub(crate) fn provide(self, session: fusionauth_session_web::Session) {
        on_cleanup(move || session.stop());
        provide_context(Session { signals: self, session });
    }
}
