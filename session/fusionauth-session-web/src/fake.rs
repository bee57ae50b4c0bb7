//! A fake session, so that an application can test its user interface without FusionAuth.

use crate::{
    ApiRequest, FetchError, Method, Response, SendCodeOutcome, Session,
    browser::response::Sent,
    change::{OnChange, SessionChange},
};
use fusionauth_api::login::NextStep;
use fusionauth_session::{Connection, LoginFailure, Notice, SessionState, SignOutReason, User};
use std::{cell::RefCell, collections::VecDeque};

/// The controls of a session for tests. That session stores and sends nothing, and the test sets its behaviour.
///
/// ```
/// use fusionauth_session_web::{FakeSession, LoginFailure, SessionState};
///
/// let (fake, session) = FakeSession::start(SessionState::SignedOut(None), |_change| {});
/// fake.reject_sign_in(LoginFailure::Locked);
/// // Give `session` to the user interface.
/// assert_eq!(session.state(), SessionState::SignedOut(None));
/// ```
#[derive(Clone, Copy)]
pub struct FakeSession(
    /// The index in `FAKES`, for the same reason as the handle of a session.
    usize,
);

/// The user interface's call to a [`FakeSession`]. It holds no password and no code.
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
    /// Starts a fake session in this state. It calls `on_change` as [`Session::start`] does.
    pub fn start(state: SessionState, on_change: impl Fn(SessionChange) + 'static) -> (Self, Session) {
        let behaviour = RefCell::new(FakeBehaviour {
            state,
            claims: None,
            calls: Vec::new(),
            sign_in: Err(LoginFailure::NoAnswer),
            next_step: NextStep::default(),
            answers: VecDeque::new(),
        });
        let fake: &'static Fake = Box::leak(Box::new(Fake { on_change: Box::leak(Box::new(on_change)), behaviour }));
        let fake = FAKES.with_borrow_mut(|all| {
            all.push(fake);
            Self(all.len() - 1)
        });
        (fake, Session::of_fake(fake))
    }

    /// Shows another state, as a renewal or another tab would.
    pub fn set_state(self, state: SessionState) {
        self.with(|it| it.state = state.clone());
        self.change(SessionChange::State(state));
    }

    /// Shows the user a notice.
    pub fn notify(self, notice: Notice) {
        self.change(SessionChange::Notice(notice));
    }

    /// From now on every attempt signs this user in.
    pub fn accept_sign_in(self, user: User) {
        self.with(|it| it.sign_in = Ok(user));
    }

    /// From now on every attempt fails in this way. By default an attempt fails with [`LoginFailure::NoAnswer`].
    pub fn reject_sign_in(self, failure: LoginFailure) {
        self.with(|it| it.sign_in = Err(failure));
    }

    /// Sets what [`Session::next_step`] returns from now on.
    pub fn set_next_step(self, step: NextStep) {
        self.with(|it| it.next_step = step);
    }

    /// Queues the result of a request: a response with a status and a JSON body, or an error. A request for which nothing is
    /// queued gets [`FetchError::Network`].
    pub fn queue_response(self, answer: Result<(u16, &str), FetchError>) {
        let answer = answer.map(|(status, body)| (status, body.to_owned()));
        self.with(|it| it.answers.push_back(answer));
    }

    /// Sets the claims that [`Session::claims`] reads from now on, as JSON.
    pub fn set_claims(self, json: &str) {
        self.with(|it| it.claims = Some(json.to_owned()));
        self.change(SessionChange::Token);
    }

    /// The calls of the user interface to this session so far, in order.
    pub fn calls(self) -> Vec<FakeCall> {
        self.with(|it| it.calls.clone())
    }

    pub(crate) fn state(self) -> SessionState {
        self.with(|it| it.state.clone())
    }

    pub(crate) fn sign_in(self, call: FakeCall) -> Result<(), LoginFailure> {
        self.record(call);
        let user = self.with(|it| it.sign_in.clone())?;
        self.set_state(SessionState::SignedIn { user, connection: Connection::Good });
        Ok(())
    }

    pub(crate) fn next_step(self) -> NextStep {
        self.with(|it| it.next_step.clone())
    }

    pub(crate) fn send_code(self, method_id: &str) -> SendCodeOutcome {
        self.record(FakeCall::SendCode(method_id.to_owned()));
        SendCodeOutcome::Sent
    }

    pub(crate) fn claims(self) -> Option<String> {
        self.with(|it| it.claims.clone().filter(|_| matches!(it.state, SessionState::SignedIn { .. })))
    }

    pub(crate) fn sign_out(self) {
        self.record(FakeCall::SignOut);
        self.set_state(SessionState::SignedOut(Some(SignOutReason::UserRequest)));
    }

    pub(crate) fn fetch(self, request: &ApiRequest) -> Result<Response, FetchError> {
        self.record(FakeCall::Fetch(request.method.clone(), request.url.clone()));
        let (status, body) = self.with(|it| it.answers.pop_front()).unwrap_or(Err(FetchError::Network))?;
        let answer = gloo_net::http::Response::builder().status(status).body(Some(&*body)).map_err(|_| FetchError::Network)?;
        Ok(Response::new(answer, Sent::new(None, request.limit_ms)))
    }

    fn record(self, call: FakeCall) {
        self.with(|it| it.calls.push(call));
    }

    fn change(self, change: SessionChange) {
        (self.get().on_change)(change);
    }

    fn with<T>(self, run: impl FnOnce(&mut FakeBehaviour) -> T) -> T {
        run(&mut self.get().behaviour.borrow_mut())
    }

    fn get(self) -> &'static Fake {
        FAKES.with_borrow(|all| all[self.0])
    }
}

thread_local! {
    static FAKES: RefCell<Vec<&'static Fake>> = const { RefCell::new(Vec::new()) };
}

struct Fake {
    on_change: OnChange,
    behaviour: RefCell<FakeBehaviour>,
}

struct FakeBehaviour {
    state: SessionState,
    /// The claims of the access token, as JSON.
    claims: Option<String>,
    calls: Vec<FakeCall>,
    sign_in: Result<User, LoginFailure>,
    next_step: NextStep,
    answers: VecDeque<Result<(u16, String), FetchError>>,
}
