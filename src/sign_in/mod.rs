//! The sign-in page of both applications, and the related pages: registration, forgotten password, and verification.
//!
//! This file has the sign-in page and the state of a sign-in. The first form is in `password`, and `outcome` decides after which answers
//! of FusionAuth it stays. `step` maps the other answers to the forms and pages in `steps`.

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
pub mod slow;
pub mod static_form;
mod step;
mod steps;
pub mod verification;

use crate::{
    core::{Part, Route, use_app_context},
    ui::{
        document,
        form::{self, FieldError, FormError, FormErrorSignal},
        page_query,
        part::{Lazy, LazyWhenIdle, Placeholder},
        read_until_cleanup, use_title,
    },
};
use forgot_password::ForgotPasswordPage;
use leptos::{html, prelude::*};
use leptos_fusionauth::{KeepSignedIn, LoginFailure, Session, SessionState, SignOutReason, return_to, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use outcome::{Next, SignInError, SignInField, Stage};
use passkey::PasskeyButton;
use password::PasswordForm;
use register::RegisterPage;
use steps::AfterRefusal;
use storefront_api::App;
use storefront_messages::t;

/// The sign-in page. It redirects a signed-in user to the page that required the sign-in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let app = use_app_context().app;
    leave_when_signed_in(target_of_sign_in(app));
    let progress = SignInProgress::new();
    let register_url = Route::Register.href().to_owned() + &query();
    view! {
        <div class="narrow">
            <SignInFlow progress/>
            <Show when=move || progress.stage.get() == Stage::Password>
                <p class="aside"><a href=Route::ForgotPassword.href()>{t!("Forgot your password?")}</a></p>
                <p class="aside">{t!("New here? ")}<a href=register_url.clone()>{t!("Create your account")}</a></p>
                // The passkey button is last, because it loads later and must not move another button that a user is about to press.
                <LazyWhenIdle part=Part::Passkeys>{with_passkey(progress)}</LazyWhenIdle>
            </Show>
        </div>
    }
}

/// The page for a forgotten password if that is the current route, and the registration page otherwise.
pub fn registration_or_forgotten_password_page() -> AnyView {
    match use_app_context().current_route() {
        Route::ForgotPassword => view! { <ForgotPasswordPage/> }.into_any(),
        _ => view! { <RegisterPage/> }.into_any(),
    }
}

/// The URL of the page that required the sign-in. Without one, the URL of the default page after a sign-in.
fn target_of_sign_in(app: App) -> String {
    return_to(&query(), Route::Login.href()).unwrap_or_else(|| Route::after_sign_in(app).href().to_owned())
}

fn query() -> String {
    page_query().get_untracked()
}

/// Redirects to `to` as soon as the user is signed in, without a history entry.
fn leave_when_signed_in(to: String) {
    let (session, navigate) = (use_session().state(), use_navigate());
    Effect::new(move |_| {
        if let SessionState::SignedIn { .. } = read_until_cleanup(session) {
            navigate(&to, NavigateOptions { replace: true, ..Default::default() });
        }
    });
}

/// The state of a sign-in in progress, with all its forms and retries.
#[derive(Clone, Copy)]
pub struct SignInProgress {
    stage: RwSignal<Stage>,
    error: FormErrorSignal,
    busy: RwSignal<bool>,
    /// The email that the user typed, for the next form that needs it. The password is never stored.
    username: StoredValue<String>,
    /// Whether the user stays signed in after closing the browser. The steps after the first form use this choice.
    keep: StoredValue<KeepSignedIn>,
}

impl SignInProgress {
    /// A sign-in that starts at the first form.
    #[expect(clippy::new_without_default, reason = "it makes signals, which a reader should see at the call")]
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Password),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
            username: StoredValue::new(String::new()),
            keep: StoredValue::new(KeepSignedIn::Yes),
        }
    }

    /// The session for the next sign-in call, with the user's choice of "Keep me signed in".
    fn session(self, session: Session) -> Session {
        session.keep_signed_in(self.keep.get_value())
    }

    /// Shows the step after `answer`. Returns the error if the same form stays on screen.
    pub fn answered(self, answer: Result<(), LoginFailure>) -> Option<SignInError> {
        self.follow(outcome::next(answer))
    }

    /// Shows the next step. Returns the error if the same form stays on screen.
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

    /// Shows an error that does not come from an answer to a sign-in. The same form stays on screen.
    fn failed(self, error: FormError) {
        _ = self.busy.try_set(false);
        form::show_error(self.error, error);
    }

    fn go(self, stage: Stage, error: Option<SignInError>) {
        if self.stage.try_set(stage).is_some() {
            return; // the user left the page
        }
        match error {
            Some(error) => form::show_error(self.error, outcome::form_error(&error)),
            None => {
                self.error.set(None);
                document::focus_after_render("main h1");
            }
        }
    }

    /// Shows an error at each of these empty fields. Returns whether there are any.
    fn show_missing(self, fields: Vec<SignInField>) -> bool {
        let errors: Vec<_> =
            fields.into_iter().map(|it| FieldError { field: outcome::field(it), message: it.missing().to_owned() }).collect();
        let has_missing = !errors.is_empty();
        if has_missing {
            form::show_error(self.error, FormError::Fields(errors));
        }
        has_missing
    }

    /// Marks the form as busy, unless another request is in flight. Returns whether the caller may send its request.
    fn begin(self) -> bool {
        let is_free = !self.busy.get_untracked();
        if is_free {
            self.error.set(None);
            self.busy.set(true);
        }
        is_free
    }
}

/// The checkbox "Keep me signed in", which is ticked at first.
#[component]
fn KeepSignedInBox(input: NodeRef<html::Input>) -> impl IntoView {
    view! {
        <label class="check">
            <input id=static_form::KEEP name="keep" type="checkbox" checked="" node_ref=input />
            {t!("Keep me signed in")}
        </label>
    }
}

/// The state of the checkbox "Keep me signed in". Until the checkbox is rendered, it counts as ticked.
fn kept(node_ref: NodeRef<html::Input>) -> KeepSignedIn {
    node_ref.get_untracked().map_or(KeepSignedIn::Yes, |input| static_form::choice(&input))
}

/// The form or page for the current stage of a sign-in.
#[component]
pub fn SignInFlow(
    /// The sign-in.
    progress: SignInProgress,
) -> impl IntoView {
    let title = use_title();
    Effect::new(move |_| {
        // The other forms and pages set the title themselves, because their texts are in separately loaded parts of the app.
        if progress.stage.get() == Stage::Password {
            title.name(Route::Login.title());
        }
        title.error(progress.error.read().is_some());
    });
    move || match progress.stage.get() {
        Stage::Password => view! { <PasswordForm progress/> }.into_any(),
        Stage::Refused(refusal) => {
            let placeholder = Placeholder { class: "auth", heading: Route::Login.title(), shapes: ("card", 1) };
            view! { <Lazy part=Part::SignInSteps placeholder>{after_refusal(progress, refusal.clone())}</Lazy> }.into_any()
        }
    }
}

wasm_part::part_function! {
    "sign_in_steps", fn after_refusal(progress: SignInProgress, refusal: LoginFailure) -> AnyView {
        view! { <AfterRefusal progress refusal/> }.into_any()
    }
}

wasm_part::part_function! {
    "passkeys", fn with_passkey(progress: SignInProgress) -> AnyView { view! { <PasskeyButton progress/> }.into_any() }
}

/// The text that tells the user why the session ended.
pub fn explain(cause: SignOutReason) -> &'static str {
    match cause {
        SignOutReason::UserRequest => t!("You are signed out."),
        SignOutReason::Replaced => {
            t!("Another sign-in in this browser signed you out. Sign in to pick up where you left off.")
        }
        // `Expired`, and any reason that a later version of the session library adds.
        _ => t!("Your session has ended. Sign in to pick up where you left off."),
    }
}
