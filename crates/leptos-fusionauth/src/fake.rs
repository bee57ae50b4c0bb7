use crate::{ApiRequest, FetchError, Session};
use fusionauth_session::{Connection, EndCause, Notice, SignIn, User, View};
use leptos::prelude::*;
use std::collections::VecDeque;

/// A session for the tests of components: it stores nothing, sends nothing, and does what the test says.
///
/// ```
/// # use leptos::prelude::*;
/// # use leptos_fusionauth::{FakeSession, SignIn, View, use_session};
/// # Owner::new().set();
/// let fake = FakeSession::provide(View::SignedOut(None));
/// fake.refuses(SignIn::Locked);
/// // What is mounted now finds the fake by `use_session`.
/// assert_eq!(use_session().view().get_untracked(), View::SignedOut(None));
/// ```
#[derive(Clone, Copy)]
pub struct FakeSession {
    view: RwSignal<View>,
    notice: RwSignal<Option<Notice>>,
    script: StoredValue<Script, LocalStorage>,
}

/// What a component asked of a [`FakeSession`]. It holds no password and no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A sign-in with a password.
    SignIn {
        /// What was typed as the login id.
        login_id: String,
    },
    /// A second factor.
    SecondFactor,
    /// A sign-out.
    SignOut,
    /// A request, with its method and URL.
    Fetch(crate::Method, String),
}

impl FakeSession {
    /// Provides itself as the session to what is mounted under the current owner.
    pub fn provide(view: View) -> Self {
        let (view, notice) = (RwSignal::new(view), RwSignal::new(None));
        let script = StoredValue::new_local(Script { asked: Vec::new(), sign_in: Err(SignIn::NoAnswer), answers: VecDeque::new() });
        let fake = Self { view, notice, script };
        provide_context(Session::of_fake(fake));
        fake
    }

    /// Shows something else, as a renewal or another tab would.
    pub fn show(self, view: View) {
        self.view.set(view);
    }

    /// Tells the shopper something.
    pub fn notify(self, notice: Notice) {
        self.notice.set(Some(notice));
    }

    /// From now on every attempt signs this user in.
    pub fn accepts(self, user: User) {
        self.script.update_value(|it| it.sign_in = Ok(user));
    }

    /// From now on every attempt comes out like this. Until it is told, an attempt gets [`SignIn::NoAnswer`].
    pub fn refuses(self, outcome: SignIn) {
        self.script.update_value(|it| it.sign_in = Err(outcome));
    }

    /// What the next request gets that was told nothing yet: an answer with a status and a JSON body, or none. A request
    /// for which nothing was told gets [`FetchError::Network`].
    pub fn answers(self, answer: Result<(u16, &str), FetchError>) {
        let answer = answer.map(|(status, body)| (status, body.to_owned()));
        self.script.update_value(|it| it.answers.push_back(answer));
    }

    /// What was asked so far, in order.
    pub fn asked(self) -> Vec<Asked> {
        self.script.with_value(|it| it.asked.clone())
    }

    pub(crate) fn view(self) -> ReadSignal<View> {
        self.view.read_only()
    }

    pub(crate) fn notice(self) -> ReadSignal<Option<Notice>> {
        self.notice.read_only()
    }

    pub(crate) fn sign_in(self, asked: Asked) -> SignIn {
        self.note(asked);
        match self.script.with_value(|it| it.sign_in.clone()) {
            Ok(user) => {
                self.view.set(View::SignedIn { user, connection: Connection::Good });
                SignIn::SignedIn
            }
            Err(outcome) => outcome,
        }
    }

    pub(crate) fn sign_out(self) {
        self.note(Asked::SignOut);
        self.view.set(View::SignedOut(Some(EndCause::SignedOut)));
    }

    pub(crate) fn fetch(self, request: &ApiRequest) -> Result<gloo_net::http::Response, FetchError> {
        self.note(Asked::Fetch(request.method, request.url.clone()));
        let (status, body) = self.script.try_update_value(|it| it.answers.pop_front()).flatten().unwrap_or(Err(FetchError::Network))?;
        let headers = gloo_net::http::Headers::new();
        headers.set("Content-Type", "application/json");
        gloo_net::http::Response::builder().status(status).headers(headers).body(Some(&*body)).map_err(|_| FetchError::Network)
    }

    fn note(self, asked: Asked) {
        self.script.update_value(|it| it.asked.push(asked));
    }
}

struct Script {
    asked: Vec<Asked>,
    sign_in: Result<User, SignIn>,
    answers: VecDeque<Result<(u16, String), FetchError>>,
}
