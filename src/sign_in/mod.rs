//! Signing in: `/login`.

mod code;
pub mod flow;
mod password;
mod summary;

use crate::{
    erased::{click, dynamic, effect, none},
    memory::use_memory,
    page::{self, use_title},
    route::after_sign_in,
    scoped::scoped,
};
use flow::{Next, Refusal, Stage, Stop};
use leptos::prelude::*;
use leptos_fusionauth::{EndCause, SignIn, View, return_to, use_session};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// The page. Somebody who is signed in is sent on, to where they came from; who has no account, to `register_url`.
pub fn page(register_url: &str) -> AnyView {
    let to = return_to(&use_location().search.get_untracked(), "/login").unwrap_or_else(|| after_sign_in(use_memory().app).to_owned());
    leave_when_signed_in(to);
    let attempt = Attempt::new();
    view! { <div class="narrow">
        {view(attempt)}
        <p class="aside">"New here? "<a href=register_url.to_owned()>"Create your account"</a></p>
    </div> }
    .into_any()
}

/// Sends whoever is signed in, or is from now on, to `to`, without a history entry.
pub(crate) fn leave_when_signed_in(to: String) {
    let (session, navigate) = (use_session().view(), use_navigate());
    effect(move || {
        if let View::SignedIn { .. } = scoped(session) {
            navigate(&to, NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
}

/// One person's attempt to sign in, over as many tries as it takes.
#[derive(Clone, Copy)]
pub struct Attempt {
    stage: RwSignal<Stage>,
    refusal: RwSignal<Option<Refusal>>,
    busy: RwSignal<bool>,
    /// Kept from one form to the next. Never the password.
    username: StoredValue<String>,
}

impl Attempt {
    /// At the first form.
    #[expect(clippy::new_without_default, reason = "it makes signals: that should be seen where it happens")]
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Password),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            username: StoredValue::new(String::new()),
        }
    }

    /// Shows where `answer` leads.
    pub fn answered(self, answer: SignIn) {
        _ = self.busy.try_set(false);
        match flow::next(answer) {
            Next::Done => {} // the session's view has changed, and the page with it
            Next::Stay(refusal) => self.refuse(refusal),
            Next::Go(stage, refusal) => self.go(stage, refusal),
        }
    }

    fn go(self, stage: Stage, refusal: Option<Refusal>) {
        if self.stage.try_set(stage).is_none() {
            match refusal {
                Some(refusal) => self.refuse(refusal),
                None => {
                    self.refusal.set(None);
                    soon("main h1");
                }
            }
        }
    }

    fn refuse(self, refusal: Refusal) {
        if self.refusal.try_set(Some(refusal)).is_none() {
            soon(".summary");
        }
    }

    /// Begins to send. `false`: something is on its way already.
    fn begin(self) -> bool {
        let free = !self.busy.get_untracked();
        if free {
            self.refusal.set(None);
            self.busy.set(true);
        }
        free
    }
}

/// Moves the focus once the page stands.
fn soon(selector: &'static str) {
    leptos::task::spawn_local(async move {
        leptos::task::tick().await;
        page::focus(selector);
    });
}

/// The form or page for where `attempt` stands.
pub fn view(attempt: Attempt) -> AnyView {
    let title = use_title();
    effect(move || {
        attempt.stage.with(|stage| title.name(stage.name()));
        title.error(attempt.refusal.with(Option::is_some));
    });
    dynamic(move || match attempt.stage.get() {
        Stage::Password => password::form(attempt),
        Stage::Code(challenge) => code::form(attempt, challenge),
        Stage::Stopped(stop) => stopped(attempt, &stop),
    })
}

fn stopped(attempt: Attempt, stop: &Stop) -> AnyView {
    let (heading, what, next) = stop.text();
    view! {
        <section class="auth">
            {page::heading(heading)}
            <div role="alert">
                <p class="lead">{what}</p>
                <p>{next}</p>
            </div>
            <button type="button" class="primary wide" on:click=click(move || attempt.go(Stage::Password, None))>"Back to sign in"</button>
        </section>
    }
    .into_any()
}

/// Why the session ended, if one did.
fn reason() -> AnyView {
    let view = use_session().view();
    dynamic(move || {
        let View::SignedOut(Some(cause)) = scoped(view) else { return none() };
        view! { <p class="reason" role="status">{explain(cause)}</p> }.into_any()
    })
}

fn explain(cause: EndCause) -> &'static str {
    match cause {
        EndCause::SignedOut => "You are signed out.",
        EndCause::Expired => "Your session has ended. Sign in to continue where you were.",
        EndCause::Displaced => "You were signed out because of another sign-in in this browser. Sign in to continue where you were.",
    }
}
