//! Signing in and what belongs to it, for both applications: `/login`, `/register`, and the pages for a forgotten password.
//!
//! This file has the sign-in page and the state of one attempt to sign in. The first form is in `password`, and `outcome` says which answers
//! of FusionAuth leave it standing. `steps` has the forms and pages for the others, as `step` tells them apart.

pub mod api;
mod blocked;
pub mod caps_lock;
pub mod change_password;
mod code;
mod cool_down;
mod forgot_password;
mod join;
mod link_id;
pub mod new_password;
pub mod outcome;
pub mod passkey;
mod password;
mod password_rules;
pub mod register;
pub mod static_form;
mod step;
mod steps;
pub mod verification;

use crate::{
    core::{Departure, Part, Route, use_app_context, use_location},
    ui::{
        ErasedSignal, document, dynamic, effect,
        form::{self, FieldError, FormError, FormErrorSignal},
        none,
        part::{self, Placeholder},
        read_until_cleanup, use_title,
    },
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session, SessionState, SignOutReason, return_to, use_session};
use outcome::{Next, SignInError, SignInField, Stage};
use storefront_api::App;
use storefront_messages::t;

/// The page. A user who is signed in is sent on to the page that asked for the sign-in.
pub fn page() -> AnyView {
    let app = use_app_context().app;
    leave_when_signed_in(target_of_sign_in(app));
    let attempt = Attempt::new();
    let register_url = Route::Register.href().to_owned() + &query();
    let more = move || {
        if *attempt.stage.read() != Stage::Password {
            return none();
        }
        // The passkeys are the last, because they come later and must not move what somebody is about to press.
        view! {
            <p class="aside"><a href=Route::ForgotPassword.href()>{t!("Forgot your password?")}</a></p>
            <p class="aside">{t!("New here? ")}<a href=register_url.clone()>{t!("Create your account")}</a></p>
            {part::view_when_idle(Part::Passkeys, move || with_passkey(attempt))}
        }
        .into_any()
    };
    view! { <div class="narrow">
        {view(attempt)}
        {dynamic(more)}
    </div> }
    .into_any()
}

/// The page that the address names, of those around the sign-in form.
pub fn page_beside_the_form() -> AnyView {
    match use_app_context().current_route() {
        Route::ForgotPassword => forgot_password::page(),
        _ => register::page(),
    }
}

/// The page that asked for the sign-in, or else the one that follows a sign-in by itself.
fn target_of_sign_in(app: App) -> String {
    return_to(&query(), Route::Login.href()).unwrap_or_else(|| Route::after_sign_in(app).href().to_owned())
}

fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Sends whoever is signed in, at once or later, to `to`, without a history entry.
fn leave_when_signed_in(to: String) {
    let (session, location) = (use_session().state(), use_location());
    effect(move || {
        if let SessionState::SignedIn { .. } = read_until_cleanup(session) {
            location.open(&to, Departure::Replaced);
        }
    });
}

/// One person's attempt to sign in, over as many tries as it takes.
#[derive(Clone, Copy)]
pub struct Attempt {
    stage: ErasedSignal<Stage>,
    error: FormErrorSignal,
    busy: ErasedSignal<bool>,
    /// The e-mail address, for the next form that asks for it. The password is never kept.
    username: StoredValue<String>,
    /// Whether the sign-in outlives the browser, for the steps after the first form.
    keep: StoredValue<KeepSignedIn>,
}

impl Attempt {
    /// An attempt at the first form.
    #[expect(clippy::new_without_default, reason = "it makes signals, which a reader should see at the call")]
    pub fn new() -> Self {
        Self {
            stage: ErasedSignal::new(Stage::Password),
            error: ErasedSignal::new(None),
            busy: ErasedSignal::new(false),
            username: StoredValue::new(String::new()),
            keep: StoredValue::new(KeepSignedIn::Yes),
        }
    }

    /// The session, for a sign-in that lasts as its form says.
    fn session(self, session: Session) -> Session {
        session.keep_signed_in(self.keep.get_value())
    }

    /// Shows where `answer` leads. Returns the error if the same form stays.
    pub fn answered(self, answer: Result<(), LoginFailure>) -> Option<SignInError> {
        self.follow(outcome::next(answer))
    }

    /// Shows what is next. Returns the error if the same form stays.
    fn follow(self, next: Next) -> Option<SignInError> {
        _ = self.busy.try_set(false);
        match next {
            // The session's state has changed, and `leave_when_signed_in` opens another page.
            Next::Done => None,
            Next::Stay(error) => {
                form::show_error(self.error, outcome::form_error(&error));
                Some(error)
            }
            Next::Go(stage, error) => {
                self.go(stage, error);
                None
            }
        }
    }

    /// Shows why the same form stays, where that is no answer to a sign-in.
    fn failed(self, error: FormError) {
        _ = self.busy.try_set(false);
        form::show_error(self.error, error);
    }

    fn go(self, stage: Stage, error: Option<SignInError>) {
        if !self.stage.try_set(stage) {
            return; // the page was left meanwhile
        }
        match error {
            Some(error) => form::show_error(self.error, outcome::form_error(&error)),
            None => {
                self.error.set(None);
                document::focus_after_render("main h1");
            }
        }
    }

    /// Shows which fields are empty. Returns whether any is.
    fn refuse_empty(self, fields: Vec<SignInField>) -> bool {
        let errors: Vec<_> =
            fields.into_iter().map(|it| FieldError { field: outcome::field(it), message: it.missing().to_owned() }).collect();
        let is_refused = !errors.is_empty();
        if is_refused {
            form::show_error(self.error, FormError::Fields(errors));
        }
        is_refused
    }

    /// Begins to send, unless another request is being sent. Returns whether it has begun.
    fn begin(self) -> bool {
        let is_free = !self.busy.get_untracked();
        if is_free {
            self.error.set(None);
            self.busy.set(true);
        }
        is_free
    }
}

/// The box "Keep me signed in", which is ticked at first.
fn keep_box(node_ref: NodeRef<html::Input>) -> AnyView {
    view! {
        <label class="check">
            <input id=static_form::KEEP name="keep" type="checkbox" checked="" node_ref=node_ref />
            {t!("Keep me signed in")}
        </label>
    }
    .into_any()
}

/// What such a box says; it is ticked until it is shown.
fn kept(node_ref: NodeRef<html::Input>) -> KeepSignedIn {
    node_ref.get_untracked().map_or(KeepSignedIn::Yes, |input| static_form::choice(&input))
}

/// The form or page for the stage of `attempt`.
pub fn view(attempt: Attempt) -> AnyView {
    let title = use_title();
    effect(move || {
        // The other forms and pages name themselves, because their texts are in a part of the program.
        if *attempt.stage.read() == Stage::Password {
            title.name(Route::Login.title());
        }
        title.error(attempt.error.read().is_some());
    });
    dynamic(move || match attempt.stage.get() {
        Stage::Password => password::form(attempt),
        Stage::Refused(refusal) => {
            let placeholder = Placeholder { class: "auth", heading: Route::Login.title(), shapes: ("card", 1) };
            part::view(Part::SignInSteps, placeholder, move || after_refusal(attempt, refusal.clone()))
        }
    })
}

wasm_part::part_function! {
    "sign_in_steps", fn after_refusal(attempt: Attempt, refusal: LoginFailure) -> AnyView { steps::view(attempt, refusal) }
}

wasm_part::part_function! { "passkeys", fn with_passkey(attempt: Attempt) -> AnyView { passkey::view(attempt) } }

/// Why the last session ended, if there was one.
fn end_cause() -> AnyView {
    let view = use_session().state();
    dynamic(move || {
        let SessionState::SignedOut(Some(cause)) = read_until_cleanup(view) else { return none() };
        view! { <p class="reason">{explain(cause)}</p> }.into_any()
    })
}

/// Why a session ended, for people.
pub fn explain(cause: SignOutReason) -> &'static str {
    match cause {
        SignOutReason::UserRequest => t!("You are signed out."),
        SignOutReason::Replaced => {
            t!("You were signed out because of another sign-in in this browser. Sign in to continue where you were.")
        }
        // Expired, and any reason that the session library gains.
        _ => t!("Your session has ended. Sign in to continue where you were."),
    }
}
