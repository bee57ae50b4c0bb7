//! Verification of an e-mail address (212) and of a registration (213): the page of a sign-in that waits for it, and the pages that mailed
//! links lead to.
//!
//! A mailed link verifies by a click on the page, because programs that look into mails open links. Its id leaves the address bar before
//! anything else happens. A message is sent again through the backend: without its API key FusionAuth does not say to which id the code
//! in the new message belongs.

use super::{
    Attempt, api, blocked,
    cool_down::CoolDown,
    link_id,
    outcome::{CODE, EMAIL, SignInField, Stage},
    step::unverified,
};
use crate::{
    core::{AppContext, Route, use_app_context},
    ui::{
        ErasedSignal, PageScope, click, components, disabled, document, dynamic, effect,
        form::{self, FieldError, FormError, FormErrorSignal},
        none, read_until_cleanup, use_title,
    },
};
use fusionauth_api::verification::{Verified, VerifyOutcome};
use leptos::{html, prelude::*};
use leptos_fusionauth::{SessionState, use_session};
use storefront_messages::{Text, VerificationError, VerificationStep, t};

/// One verification. Copy it into whatever needs it.
#[derive(Clone, Copy)]
struct Verification {
    what: Verified,
    /// What is verified: the id of a mailed link, or that to which a typed code belongs. Empty if nothing is known of it.
    id: StoredValue<String>,
    /// Where messages go. Empty until somebody has typed it.
    address: StoredValue<String>,
    step: ErasedSignal<Step>,
    error: FormErrorSignal,
    busy: ErasedSignal<bool>,
    wait: CoolDown,
    context: AppContext,
    scope: PageScope,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A message is on its way, with a code or a link.
    Message(VerificationStep),
    /// A link that cannot be used: another message is asked for, to an address that is typed.
    Expired,
    /// Verified.
    Done,
}

/// The page of a sign-in that waits for a verification. FusionAuth gives an id where the message holds a code.
pub(super) fn stage(attempt: Attempt, what: Verified) -> AnyView {
    let next = use_session().next_step();
    let id = match what {
        Verified::Email => next.email_verification_id,
        Verified::Registration => next.registration_verification_id,
    };
    let step = Step::Message(id.as_ref().map_or(VerificationStep::FollowLink, |_| VerificationStep::EnterCode));
    let it = Verification::new(what, id.unwrap_or_default(), attempt.username.get_value(), step);
    let sign_in = move || {
        let on = move || attempt.go(Stage::Password, None);
        view! { <button type="button" class="primary wide" on:click=click(on)>{t!("Sign in")}</button> }.into_any()
    };
    it.view(Box::new(move || blocked::back(attempt)), Box::new(sign_in))
}

const CONFIRMED: Text = Text::new("That is confirmed.");

/// The page that a mailed link leads to.
pub fn link_page() -> AnyView {
    let route = use_app_context().current_route();
    let what = if route == Route::VerifyRegistration { Verified::Registration } else { Verified::Email };
    let id = link_id::take(route);
    let step = if id.is_empty() { Step::Expired } else { Step::Message(VerificationStep::Confirm) };
    let it = Verification::new(what, id, String::new(), step);
    let (session, start) = (use_session().state(), Route::after_sign_in(use_app_context().app));
    let link = move || {
        let (route, text) = match read_until_cleanup(session) {
            SessionState::SignedIn { .. } => (start, t!("Continue")),
            _ => (Route::Login, t!("Sign in")),
        };
        view! { <a class="button primary wide" href=route.href()>{text}</a> }.into_any()
    };
    let back = || view! { <a class="button quiet wide" href=Route::Login.href()>{t!("Back to sign in")}</a> }.into_any();
    view! { <div class="narrow">{it.view(Box::new(back), Box::new(link))}</div> }.into_any()
}

type Part = Box<dyn Fn() -> AnyView + Send + Sync>;

impl Verification {
    fn new(what: Verified, id: String, address: String, step: Step) -> Self {
        let expired = (step == Step::Expired).then(|| form_error(VerificationError::Expired));
        Self {
            what,
            id: StoredValue::new(id),
            address: StoredValue::new(address),
            step: ErasedSignal::new(step),
            error: ErasedSignal::new(expired),
            busy: ErasedSignal::new(false),
            wait: CoolDown::over(),
            context: use_app_context(),
            scope: PageScope::current(),
        }
    }

    /// The page. `back` is the way out, and `on` the way on after it is verified.
    fn view(self, back: Part, on: Part) -> AnyView {
        let title = use_title();
        let heading = unverified(self.what).heading();
        effect(move || {
            title.name(heading);
            title.error(self.error.read().is_some());
        });
        dynamic(move || {
            let (content, way) = match self.step.get() {
                Step::Message(step) => (self.message(step), back()),
                Step::Expired => (self.ask_for_address(), back()),
                Step::Done => (view! { <p>{CONFIRMED.get()}</p> }.into_any(), on()),
            };
            view! { <section class="auth">{document::heading(heading)}{content}{way}</section> }.into_any()
        })
    }

    fn message(self, step: VerificationStep) -> AnyView {
        let code = NodeRef::<html::Input>::new();
        let send = move || self.verify(step, code);
        let form = match step {
            VerificationStep::FollowLink => form::summary(self.error, move || self.send_message()),
            VerificationStep::EnterCode | VerificationStep::Confirm => {
                let is_code = step == VerificationStep::EnterCode;
                let text = if is_code { t!("Check code") } else { t!("Confirm") };
                view! {
                    <form id="verification" method="post" novalidate="" on:submit=form::submit(send)>
                        {form::summary(self.error, send)}
                        {is_code.then(|| form::text_field(CODE, self.error, code))}
                        {form::submit_button(self.busy, text, t!("Checking…"))}
                    </form>
                }
                .into_any()
            }
        };
        let again = (!self.address.with_value(String::is_empty)).then(|| self.send_again());
        view! {
            <p class="lead">{step.text()}</p>
            {form}
            {again}
        }
        .into_any()
    }

    /// Where the message went, and the button that sends another one.
    fn send_again(self) -> AnyView {
        let is_waiting = move || self.busy.get() || self.wait.is_running();
        let sent = move || match self.wait.is_running() {
            true => view! { <p class="reason">{t!("A new message is on its way.")}</p> }.into_any(),
            false => none(),
        };
        view! {
            <p class="quiet-text">
                {components::named(t!("The message went to {}. Not there after a minute? Look among the unwanted mail."), self.address.get_value())}
            </p>
            <div role="status">{dynamic(sent)}</div>
            <button type="button" class="quiet wide" aria-disabled=disabled(is_waiting) on:click=click(move || self.send_message())>
                {dynamic(move || self.wait.label(t!("Send another message")).into_any())}
            </button>
        }
        .into_any()
    }

    fn ask_for_address(self) -> AnyView {
        let input = NodeRef::<html::Input>::new();
        let send = move || {
            let Some(input) = input.get_untracked() else { return };
            let address = input.value().trim().to_owned();
            if address.is_empty() {
                let missing = FieldError { field: EMAIL.field, message: SignInField::Username.missing().to_owned() };
                return form::show_error(self.error, FormError::Fields(vec![missing]));
            }
            self.address.set_value(address);
            self.send_message();
        };
        view! {
            <form id="verification" method="post" novalidate="" on:submit=form::submit(send)>
                {form::summary(self.error, send)}
                {form::text_field(EMAIL, self.error, input)}
                {form::submit_button(self.busy, t!("Send another message"), t!("Sending…"))}
            </form>
        }
        .into_any()
    }

    /// Verifies with the link alone, or with what is typed into `code`.
    fn verify(self, step: VerificationStep, code: NodeRef<html::Input>) {
        let typed: String = code.get_untracked().map(|it| it.value().split_whitespace().collect()).unwrap_or_default();
        let is_typed = step == VerificationStep::EnterCode;
        if is_typed && typed.is_empty() {
            return self.fail(VerificationError::Blank);
        }
        if self.busy.get_untracked() {
            return;
        }
        self.begin();
        self.scope.spawn(async move {
            let outcome = api::verify(self.context.config, self.what, &self.id.get_value(), is_typed.then_some(&*typed)).await;
            self.busy.set(false);
            match outcome {
                VerifyOutcome::Verified => {
                    self.id.set_value(String::new());
                    self.context.announce(CONFIRMED.get());
                    self.go(Step::Done);
                }
                VerifyOutcome::WrongCode => {
                    if let Some(input) = code.get_untracked() {
                        input.set_value("");
                    }
                    self.fail(VerificationError::WrongCode);
                }
                VerifyOutcome::Expired if is_typed => self.fail(VerificationError::Expired),
                VerifyOutcome::Expired => {
                    self.step.set(Step::Expired);
                    self.fail(VerificationError::Expired);
                }
                VerifyOutcome::Unavailable { status: 429 } => self.fail(VerificationError::TooManyAttempts),
                VerifyOutcome::Unavailable { .. } => self.fail(VerificationError::Unavailable),
            }
        });
    }

    /// Has another message sent.
    fn send_message(self) {
        if self.busy.get_untracked() || self.wait.is_running_untracked() {
            return;
        }
        self.begin();
        self.scope.spawn(async move {
            let sent = api::send_verification(self.what, &self.address.get_value()).await;
            self.busy.set(false);
            match sent {
                Ok(sent) => {
                    self.wait.start();
                    let was_expired = self.step.get_untracked() == Step::Expired;
                    // The code in the new message belongs to a new id.
                    if let Some(id) = sent.verification_id {
                        self.id.set_value(id);
                        if was_expired {
                            self.go(Step::Message(VerificationStep::EnterCode));
                        }
                    } else if was_expired {
                        self.go(Step::Message(VerificationStep::FollowLink));
                    }
                }
                Err(why) => form::show_error(self.error, why.in_form(&[EMAIL])),
            }
        });
    }

    fn begin(self) {
        self.error.set(None);
        self.busy.set(true);
    }

    fn go(self, step: Step) {
        self.step.set(step);
        document::focus_after_render("main h1");
    }

    fn fail(self, error: VerificationError) {
        form::show_error(self.error, form_error(error));
    }
}

/// The error as a form shows it.
fn form_error(error: VerificationError) -> FormError {
    let message = error.message();
    match error {
        VerificationError::Blank | VerificationError::WrongCode => {
            FormError::Fields(vec![FieldError { field: CODE.field, message: message.to_string() }])
        }
        VerificationError::Unavailable => FormError::Retryable(message.what.to_owned(), message.next),
        _ => FormError::Form(message.what.to_owned(), message.next),
    }
}
