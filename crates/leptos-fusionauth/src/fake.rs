//! A fake session, so that an application can test its components without FusionAuth.

use crate::{ApiRequest, FetchError, Method, Response, SendCodeOutcome, Session, browser::response::Sent};
use fusionauth_api::login::NextStep;
use fusionauth_session::{Connection, LoginFailure, Notice, SessionState, SignOutReason, User};
use leptos::prelude::*;
use std::collections::VecDeque;

/// A session for the tests of components. It stores and sends nothing, and the test sets its behaviour.
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
pub struct FakeSession {
    view: RwSignal<SessionState>,
    notice: RwSignal<Option<Notice>>,
    /// The claims of the access token, as JSON. A signal, because components show roles.
    claims: RwSignal<Option<String>>,
    behaviour: StoredValue<FakeBehaviour, LocalStorage>,
}

/// A component's call to a [`FakeSession`]. It holds no password and no code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FakeCall {
    /// A sign-in with a password.
    SignIn {
        /// The login id that was entered.
        login_id: String,
    },
    /// A code for the second factor.
    SecondFactor,
    /// A sign-in with a one-time password.
    SignInOnce,
    /// A sign-in with a passkey.
    SignInWithPasskey,
    /// A sign-in without a password.
    SignInPasswordless,
    /// A request to send a code, with the id of the method.
    SendCode(String),
    /// A sign-out.
    SignOut,
    /// A request, with its method and URL.
    Fetch(Method, String),
}

impl FakeSession {
    /// Provides a fake session to the components under the current reactive owner.
    pub fn provide(view: SessionState) -> Self {
        let (view, notice, claims) = (RwSignal::new(view), RwSignal::new(None), RwSignal::new(None));
        let behaviour = StoredValue::new_local(FakeBehaviour {
            calls: Vec::new(),
            sign_in: Err(LoginFailure::NoAnswer),
            next_step: NextStep::default(),
            answers: VecDeque::new(),
        });
        let fake = Self { view, notice, claims, behaviour };
        provide_context(Session::of_fake(fake));
        fake
    }

    /// Shows another state, as a renewal or another tab would.
    pub fn set_state(self, state: SessionState) {
        self.view.set(state);
    }

    /// Shows the user a notice.
    pub fn notify(self, notice: Notice) {
        self.notice.set(Some(notice));
    }

    /// From now on every attempt signs this user in.
    pub fn accept_sign_in(self, user: User) {
        self.behaviour.update_value(|it| it.sign_in = Ok(user));
    }

    /// From now on every attempt fails in this way. By default an attempt fails with [`LoginFailure::NoAnswer`].
    pub fn reject_sign_in(self, failure: LoginFailure) {
        self.behaviour.update_value(|it| it.sign_in = Err(failure));
    }

    /// Sets what [`Session::next_step`] returns from now on.
    pub fn set_next_step(self, step: NextStep) {
        self.behaviour.update_value(|it| it.next_step = step);
    }

    /// Queues the result of a request: a response with a status and a JSON body, or an error. A request for which nothing is
    /// queued gets [`FetchError::Network`].
    pub fn queue_response(self, answer: Result<(u16, &str), FetchError>) {
        let answer = answer.map(|(status, body)| (status, body.to_owned()));
        self.behaviour.update_value(|it| it.answers.push_back(answer));
    }

    /// Sets the claims that [`Session::claims`] reads from now on, as JSON.
    pub fn set_claims(self, json: &str) {
        self.claims.set(Some(json.to_owned()));
    }

    /// The calls of the components to this session so far, in order.
    pub fn calls(self) -> Vec<FakeCall> {
        self.behaviour.with_value(|it| it.calls.clone())
    }

    pub(crate) fn state(self) -> ReadSignal<SessionState> {
        self.view.read_only()
    }

    pub(crate) fn notice(self) -> ReadSignal<Option<Notice>> {
        self.notice.read_only()
    }

    pub(crate) fn sign_in(self, call: FakeCall) -> Result<(), LoginFailure> {
        self.record(call);
        let user = self.behaviour.with_value(|it| it.sign_in.clone())?;
        self.view.set(SessionState::SignedIn { user, connection: Connection::Good });
        Ok(())
    }

    pub(crate) fn next_step(self) -> NextStep {
        self.behaviour.with_value(|it| it.next_step.clone())
    }

    pub(crate) fn send_code(self, method_id: &str) -> SendCodeOutcome {
        self.record(FakeCall::SendCode(method_id.to_owned()));
        SendCodeOutcome::Sent
    }

    pub(crate) fn claims(self) -> Option<String> {
        self.claims.get()
    }

    pub(crate) fn sign_out(self) {
        self.record(FakeCall::SignOut);
        self.view.set(SessionState::SignedOut(Some(SignOutReason::UserRequest)));
    }

    pub(crate) fn fetch(self, request: &ApiRequest) -> Result<Response, FetchError> {
        self.record(FakeCall::Fetch(request.method.clone(), request.url.clone()));
        let (status, body) = self.behaviour.try_update_value(|it| it.answers.pop_front()).flatten().unwrap_or(Err(FetchError::Network))?;
        let answer = gloo_net::http::Response::builder().status(status).body(Some(&*body)).map_err(|_| FetchError::Network)?;
        Ok(Response::new(answer, Sent::new(None, request.limit_ms)))
    }

    fn record(self, call: FakeCall) {
        self.behaviour.update_value(|it| it.calls.push(call));
    }
}

struct FakeBehaviour {
    calls: Vec<FakeCall>,
    sign_in: Result<User, LoginFailure>,
    next_step: NextStep,
    answers: VecDeque<Result<(u16, String), FetchError>>,
}
