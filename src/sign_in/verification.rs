//! Verification of an email (FusionAuth's status 212) and of a registration (213). This file has the page of a sign-in that requires a
//! verification, and the pages that emailed links open.
//!
//! An emailed link verifies only after a click on the page, because programs that scan emails open the links in them. The page removes the
//! link's id from the address bar before anything else happens. The app requests another message from the backend, because FusionAuth
//! returns the id of the new code only to callers with an API key.

use super::{api, forgot_password::LinkToSignIn, link_id, progress::SignInProgress, step::unverified};
use crate::{
    core::{AppContext, Route, use_app_context},
    ui::{
        PageScope,
        components::{Heading, Named},
        document,
        form::{self, ErrorSummary, FieldError, FormError, FormErrorSignal, SubmitButton, TextField, TextInput},
        read_until_cleanup, use_title,
    },
};
use fusionauth_api::verification::{Verified, VerifyOutcome};
use leptos::{html, prelude::*};
use leptos_fusionauth::{Session, SessionState, use_session};
use leptos_fusionauth_forms::{BackToSignIn, CoolDown, Stage};
use storefront_messages::{SignInField, Storefront, Text, VerificationError, VerificationStep, t};

/// The state of one verification. All copies share it.
#[derive(Clone, Copy)]
struct Verification {
    what: Verified,
    /// The id of the emailed link or of the code. Empty if it is not known.
    id: StoredValue<String>,
    /// The email that receives messages. Empty until the user has typed it.
    email: StoredValue<String>,
    step: RwSignal<Step>,
    error: FormErrorSignal,
    busy: RwSignal<bool>,
    wait: CoolDown,
    context: AppContext,
    session: Session,
    scope: PageScope,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The user follows the instructions in the email: opens its link, enters its code, or confirms on the page of the link.
    Message(VerificationStep),
    /// The link has expired, or the URL has no id. The user can type an email and request another message.
    Expired,
    /// The email or the registration is verified.
    Done,
}

/// The page of a sign-in that requires a verification. FusionAuth returns an id only if its email contains a code.
#[component]
pub(super) fn SignInVerification(progress: SignInProgress, what: Verified) -> impl IntoView {
    let next = use_session().next_step();
    let id = match what {
        Verified::Email => next.email_verification_id,
        Verified::Registration => next.registration_verification_id,
    };
    let step = Step::Message(id.as_ref().map_or(VerificationStep::FollowLink, |_| VerificationStep::EnterCode));
    let verification = Verification::new(what, id.unwrap_or_default(), progress.username.get_value(), step);
    let sign_in = move || {
        view! { <button type="button" class="primary wide" on:click=move |_| progress.go(Stage::Password, None)>{t!("Sign in")}</button> }
    };
    view! { <VerificationForm verification back=move || view! { <BackToSignIn progress/> } next=sign_in/> }
}

const CONFIRMED: Text = Text::new("Confirmed.");

/// The page of an emailed link as a plain function, which a separately loaded part of the app exports.
pub fn link_page() -> AnyView {
    view! { <LinkVerificationPage/> }.into_any()
}

/// The page of an emailed link. The current route decides whether it verifies an email or a registration.
#[component]
fn LinkVerificationPage() -> impl IntoView {
    let route = use_app_context().current_route();
    let what = if route == Route::VerifyRegistration { Verified::Registration } else { Verified::Email };
    let id = link_id::take(route);
    let step = if id.is_empty() { Step::Expired } else { Step::Message(VerificationStep::Confirm) };
    let verification = Verification::new(what, id, String::new(), step);
    let (session, start) = (use_session().state(), Route::after_sign_in(use_app_context().app));
    let next = move || {
        let (route, text) = match read_until_cleanup(session) {
            SessionState::SignedIn { .. } => (start, t!("Continue")),
            _ => (Route::Login, t!("Sign in")),
        };
        view! { <a class="button primary wide" href=route.href()>{text}</a> }
    };
    view! { <div class="narrow"><VerificationForm verification back=|| view! { <LinkToSignIn/> } next/></div> }
}

/// The form for the current step of a verification.
#[component]
fn VerificationForm(
    verification: Verification,
    /// The link or button that leaves the form.
    #[prop(into)]
    back: ViewFn,
    /// The link or button that follows a successful verification.
    #[prop(into)]
    next: ViewFn,
) -> impl IntoView {
    let title = use_title();
    let heading = unverified(verification.what).heading::<Storefront>();
    Effect::new(move |_| {
        title.name(heading);
        title.error(verification.error.read().is_some());
    });
    move || {
        let (content, way) = match verification.step.get() {
            Step::Message(step) => (view! { <MessageForm verification step/> }.into_any(), back.run()),
            Step::Expired => (view! { <EmailForm verification/> }.into_any(), back.run()),
            Step::Done => (view! { <p>{CONFIRMED.get()}</p> }.into_any(), next.run()),
        };
        view! { <section class="auth"><Heading text=heading/>{content}{way}</section> }
    }
}

/// What to do with the email that was sent, and the form for its code or the button that confirms.
#[component]
fn MessageForm(verification: Verification, step: VerificationStep) -> impl IntoView {
    let Verification { error, busy, .. } = verification;
    let code = NodeRef::<html::Input>::new();
    let send = move || verification.verify(step, code);
    let form = match step {
        VerificationStep::FollowLink => view! { <ErrorSummary error retry=move || verification.send_message()/> }.into_any(),
        VerificationStep::EnterCode | VerificationStep::Confirm => {
            let is_code = step == VerificationStep::EnterCode;
            let text = if is_code { t!("Check code") } else { t!("Confirm") };
            view! {
                <form id="verification" method="post" novalidate="" on:submit=form::submit(send)>
                    <ErrorSummary error retry=send/>
                    {is_code.then(|| view! { <TextInput field=TextField::CODE error input=code/> })}
                    <SubmitButton design=Storefront busy text busy_text=t!("Checking…")/>
                </form>
            }
            .into_any()
        }
    };
    let has_email = !verification.email.with_value(String::is_empty);
    view! {
        <p class="lead">{step.text()}</p>
        {form}
        {has_email.then(|| view! { <SendAgain verification/> })}
    }
}

/// The recipient of the message, and the button that sends another one.
#[component]
fn SendAgain(verification: Verification) -> impl IntoView {
    let Verification { email, busy, wait, .. } = verification;
    view! {
        <p class="quiet-text">
            <Named text=t!("We sent the email to {}. If it hasn't arrived after a minute, check your spam \
                            folder.") name=email.get_value()/>
        </p>
        <div role="status">
            {move || wait.is_running().then(|| view! { <p class="reason">{t!("We sent a new email.")}</p> })}
        </div>
        <button
            type="button"
            class="quiet wide"
            aria-disabled=move || (busy.get() || wait.is_running()).then_some("true")
            on:click=move |_| verification.send_message()
        >
            {move || wait.label(t!("Send another email"))}
        </button>
    }
}

/// The form for the email that receives another message.
#[component]
fn EmailForm(verification: Verification) -> impl IntoView {
    let Verification { email, error, busy, .. } = verification;
    let input = NodeRef::<html::Input>::new();
    let send = move || {
        let Some(input) = input.get_untracked() else { return };
        let typed = input.value().trim().to_owned();
        if typed.is_empty() {
            let missing =
                FieldError { field: TextField::USERNAME.field, message: SignInField::Username.missing::<Storefront>().to_owned() };
            return form::show_error(error, FormError::Fields(vec![missing]));
        }
        email.set_value(typed);
        verification.send_message();
    };
    view! {
        <form id="verification" method="post" novalidate="" on:submit=form::submit(send)>
            <ErrorSummary error retry=send/>
            <TextInput field=TextField::USERNAME error input/>
            <SubmitButton design=Storefront busy text=t!("Send another email") busy_text=t!("Sending…")/>
        </form>
    }
}

impl Verification {
    fn new(what: Verified, id: String, email: String, step: Step) -> Self {
        let expired = (step == Step::Expired).then(|| form_error(VerificationError::Expired));
        Self {
            what,
            id: StoredValue::new(id),
            email: StoredValue::new(email),
            step: RwSignal::new(step),
            error: FormErrorSignal::new(expired),
            busy: RwSignal::new(false),
            wait: CoolDown::over(),
            context: use_app_context(),
            session: use_session(),
            scope: PageScope::current(),
        }
    }

    /// Verifies with the id of the link alone, or with the id and the text in `code`.
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
            let outcome = self.session.verify(self.what, &self.id.get_value(), is_typed.then_some(&*typed)).await;
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

    /// Asks the backend for another message.
    fn send_message(self) {
        if self.busy.get_untracked() || self.wait.is_running_untracked() {
            return;
        }
        self.begin();
        self.scope.spawn(async move {
            let sent = api::send_verification(self.what, &self.email.get_value()).await;
            self.busy.set(false);
            match sent {
                Ok(sent) => {
                    self.wait.start();
                    let was_expired = self.step.get_untracked() == Step::Expired;
                    // The code in the new message has a new id.
                    if let Some(id) = sent.verification_id {
                        self.id.set_value(id);
                        if was_expired {
                            self.go(Step::Message(VerificationStep::EnterCode));
                        }
                    } else if was_expired {
                        self.go(Step::Message(VerificationStep::FollowLink));
                    }
                }
                Err(why) => form::show_error(self.error, why.in_form(&[TextField::USERNAME])),
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
            FormError::Fields(vec![FieldError { field: TextField::CODE.field, message: message.to_string() }])
        }
        VerificationError::Unavailable => FormError::Retryable(message.what.to_owned(), message.next),
        _ => FormError::Form(message.what.to_owned(), message.next),
    }
}
