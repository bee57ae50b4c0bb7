//! Verification of an email (FusionAuth's status 212) and of a registration (213): the page of a sign-in that requires a verification, and
//! the page that emailed links open.
//!
//! An emailed link verifies only after a click on the page, because programs that scan emails open the links in them. The application
//! requests another message through its backend, because FusionAuth returns the id of the new code only to callers with an API key.

use crate::{
    back::BackToSignIn,
    backend::BackendAnswer,
    cool_down::CoolDown,
    error::{ErrorSummary, FieldError, FormError, FormErrorSignal, show_error},
    field::{TextField, TextInput},
    focus,
    heading::{Heading, Named, breakable},
    outcome::Stage,
    page_scope::{PageScope, after_render},
    progress::SignInProgress,
    submit::{SubmitButton, submit},
    title::open_form,
    typed,
};
use fusionauth_forms::{Blocked, Design, SignInField, VerificationError, VerificationStep, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{Session, Verified, VerifyOutcome, use_session};

/// Sends another message to an email, if that email needs verification. The backend returns the id of the code, if the message has one. See
/// FusionAuth's `PUT /api/user/verify-email` and `PUT /api/user/verify-registration`.
pub type SendVerification = fn(Verified, String) -> BackendAnswer<Option<String>>;

/// What the backend does about the account that an emailed link verifies. Each function gets the id in the link.
#[derive(Clone, Copy)]
pub struct VerificationLink {
    /// Prepares the account before FusionAuth verifies it. Returns a sentence that says what was registered, if the backend knows.
    pub open: fn(String) -> BackendAnswer<Option<String>>,
    /// Deletes the account, for an owner of the mailbox who has not created it.
    pub not_me: fn(String) -> BackendAnswer<()>,
}

/// The state of one verification. All copies share it.
#[derive(Clone, Copy)]
struct Verification<D: Design> {
    what: Verified,
    /// The id of the emailed link or of the code. Empty if it is not known.
    id: StoredValue<String>,
    /// The email that receives messages. Empty until the user has typed it.
    email: StoredValue<String>,
    step: RwSignal<Step>,
    error: FormErrorSignal<D>,
    busy: RwSignal<bool>,
    wait: CoolDown,
    session: Session,
    send: Option<SendVerification>,
    link: Option<VerificationLink>,
    /// What was registered.
    registered: RwSignal<Option<String>>,
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
    /// The account is deleted, because the owner of the mailbox has not created it.
    Deleted,
}

/// The page of a sign-in that requires a verification. FusionAuth returns an id only if its email contains a code.
#[component]
pub fn SignInVerification<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// What the user must verify.
    what: Verified,
    /// Sends another message. Without it, the page does not offer one.
    #[prop(optional_no_strip)]
    send_message: Option<SendVerification>,
) -> impl IntoView {
    let next = use_session().next_step();
    let id = match what {
        Verified::Email => next.email_verification_id,
        Verified::Registration => next.registration_verification_id,
    };
    let step = Step::Message(id.as_ref().map_or(VerificationStep::FollowLink, |_| VerificationStep::EnterCode));
    let verification = Verification::<D>::new(what, id.unwrap_or_default(), progress.username.get_value(), step, send_message, None);
    let sign_in = move || {
        view! {
            <button type="button" class=D::CLASSES.primary on:click=move |_| progress.go(Stage::Password, None)>{text_of!(D, "Sign in")}</button>
        }
    };
    view! { <VerificationForm verification back=move || view! { <BackToSignIn progress/> } next=sign_in/> }
}

/// The page that an emailed link opens.
///
/// The link's id is a secret: take it from the address bar before anything else happens, and keep it only in memory.
#[component]
pub fn VerificationPage<D: Design>(
    /// The design of the forms.
    design: D,
    /// What the link verifies.
    what: Verified,
    /// The id in the link. It is empty if the address has none, for instance after a reload.
    id: String,
    /// Sends another message. Without it, the page does not offer one.
    #[prop(optional_no_strip)]
    send_message: Option<SendVerification>,
    /// Without it, the page does not say what was registered.
    #[prop(optional_no_strip)]
    link: Option<VerificationLink>,
    /// The link that leaves the form.
    #[prop(into)]
    back: ViewFn,
    /// The link or button that follows a successful verification.
    #[prop(into)]
    next: ViewFn,
) -> impl IntoView {
    _ = design;
    let step = if id.is_empty() { Step::Expired } else { Step::Message(VerificationStep::Confirm) };
    let verification = Verification::<D>::new(what, id, String::new(), step, send_message, link);
    verification.show_registered();
    view! { <VerificationForm verification back next/> }
}

/// The form for the current step of a verification.
#[component]
fn VerificationForm<D: Design>(
    verification: Verification<D>,
    /// The link or button that leaves the form.
    #[prop(into)]
    back: ViewFn,
    /// The link or button that follows a successful verification.
    #[prop(into)]
    next: ViewFn,
) -> impl IntoView {
    let Verification { error, step, .. } = verification;
    let (heading, confirmed) = (Blocked::unverified(verification.what).heading::<D>(), text_of!(D, "Confirmed."));
    let deleted = text_of!(D, "Account deleted.");
    open_form(error, move || heading);
    let content = move || match step.get() {
        Step::Message(step) => (view! { <MessageForm verification step/> }.into_any(), back.run()),
        Step::Expired if verification.send.is_none() => (view! { <ErrorSummary error retry=|| ()/> }.into_any(), back.run()),
        Step::Expired => (view! { <EmailForm verification/> }.into_any(), back.run()),
        Step::Done => (view! { <p>{confirmed}</p> }.into_any(), next.run()),
        Step::Deleted => (view! { <p>{deleted}</p> }.into_any(), back.run()),
    };
    view! {
        <section class=D::CLASSES.section>
            <Heading text=heading/>
            {move || content()}
            <p class=D::CLASSES.hidden role="status">
                {move || match step.get() { Step::Done => confirmed, Step::Deleted => deleted, _ => "" }}
            </p>
        </section>
    }
}

/// What to do with the email that was sent, and the form for its code or the button that confirms.
#[component]
fn MessageForm<D: Design>(verification: Verification<D>, step: VerificationStep) -> impl IntoView {
    let Verification { error, busy, .. } = verification;
    let code = NodeRef::<html::Input>::new();
    let send = move || verification.verify(step, code);
    let form = match step {
        VerificationStep::FollowLink => view! { <ErrorSummary error retry=move || verification.send_message()/> }.into_any(),
        VerificationStep::EnterCode | VerificationStep::Confirm => {
            let is_code = step == VerificationStep::EnterCode;
            let text = if is_code { text_of!(D, "Check code") } else { text_of!(D, "Confirm") };
            view! {
                <form id="verification" method="post" novalidate="" on:submit=submit(send)>
                    <ErrorSummary error retry=send/>
                    {is_code.then(|| view! { <TextInput field=TextField::CODE error input=code/> })}
                    <SubmitButton design=D::default() busy text busy_text=text_of!(D, "Checking…")/>
                </form>
            }
            .into_any()
        }
    };
    let can_send = verification.send.is_some() && !verification.email.with_value(String::is_empty);
    view! {
        <p class=D::CLASSES.lead>{step.text::<D>()}</p>
        {move || verification.registered.get().map(|text| view! { <p>{breakable(&text)}</p> })}
        {form}
        {move || verification.registered.get().map(|_| view! {
            <button type="button" class=D::CLASSES.quiet on:click=move |_| verification.delete()>
                {text_of!(D, "It wasn't me: delete the account")}
            </button>
        })}
        {can_send.then(|| view! { <SendAgain verification/> })}
    }
}

/// The recipient of the message, and the button that sends another one.
#[component]
fn SendAgain<D: Design>(verification: Verification<D>) -> impl IntoView {
    let Verification { email, busy, wait, .. } = verification;
    view! {
        <p class=D::CLASSES.note>
            <Named text=text_of!(D, "We sent the email to {}. If it hasn't arrived after a minute, check your spam \
                            folder.") name=email.get_value()/>
        </p>
        <div role="status">
            {move || wait.is_running().then(|| view! { <p class=D::CLASSES.reason>{text_of!(D, "We sent a new email.")}</p> })}
        </div>
        <button
            type="button"
            class=D::CLASSES.quiet
            aria-disabled=move || (busy.get() || wait.is_running()).then_some("true")
            on:click=move |_| verification.send_message()
        >
            {move || wait.label(text_of!(D, "Send another email"))}
        </button>
    }
}

/// The form for the email that receives another message.
#[component]
fn EmailForm<D: Design>(verification: Verification<D>) -> impl IntoView {
    let Verification { email, error, busy, .. } = verification;
    let input = NodeRef::<html::Input>::new();
    let send = move || {
        let Some(input) = input.get_untracked() else { return };
        let typed = typed::email_in(&input);
        if typed.is_empty() {
            let missing = FieldError { field: TextField::<D>::USERNAME.field, message: SignInField::Username.missing::<D>().to_owned() };
            return show_error(error, FormError::Fields(vec![missing]));
        }
        email.set_value(typed);
        verification.send_message();
    };
    view! {
        <form id="verification" method="post" novalidate="" on:submit=submit(send)>
            <ErrorSummary error retry=send/>
            <TextInput field=TextField::USERNAME error input/>
            <SubmitButton design=D::default() busy text=text_of!(D, "Send another email") busy_text=text_of!(D, "Sending…")/>
        </form>
    }
}

impl<D: Design> Verification<D> {
    fn new(what: Verified, id: String, email: String, step: Step, send: Option<SendVerification>, link: Option<VerificationLink>) -> Self {
        let expired = (step == Step::Expired).then(|| form_error::<D>(VerificationError::Expired));
        Self {
            what,
            id: StoredValue::new(id),
            email: StoredValue::new(email),
            step: RwSignal::new(step),
            error: FormErrorSignal::new(expired),
            busy: RwSignal::new(false),
            wait: CoolDown::over(),
            session: use_session(),
            send,
            link,
            registered: RwSignal::new(None),
            scope: PageScope::current(),
        }
    }

    /// Shows what was registered. The page confirms nothing by that.
    fn show_registered(self) {
        let Some(link) = self.link.filter(|_| !self.id.with_value(String::is_empty)) else { return };
        self.scope.spawn(async move {
            if let Ok(text) = (link.open)(self.id.get_value()).await {
                self.registered.set(text);
            }
        });
    }

    /// Deletes the account.
    fn delete(self) {
        let Some(link) = self.link.filter(|_| !self.busy.get_untracked()) else { return };
        self.begin();
        self.scope.spawn(async move {
            let deleted = (link.not_me)(self.id.get_value()).await;
            self.busy.set(false);
            match deleted {
                Ok(()) => {
                    self.id.set_value(String::new());
                    self.go(Step::Deleted);
                }
                Err(why) => show_error(self.error, why),
            }
        });
    }

    /// Verifies with the id of the link alone, or with the id and the text in `code`.
    fn verify(self, step: VerificationStep, code: NodeRef<html::Input>) {
        let typed = code.get_untracked().map(|it| typed::message_code(&it.value())).unwrap_or_default();
        let is_typed = step == VerificationStep::EnterCode;
        if is_typed && typed.is_empty() {
            return self.fail(VerificationError::Blank);
        }
        if self.busy.get_untracked() {
            return;
        }
        self.begin();
        self.scope.spawn(async move {
            // The backend must have prepared the account before FusionAuth verifies it.
            if let Some(link) = self.link.filter(|_| !is_typed)
                && (link.open)(self.id.get_value()).await.is_err()
            {
                self.busy.set(false);
                return self.fail(VerificationError::Unavailable);
            }
            let outcome = self.session.verify(self.what, &self.id.get_value(), is_typed.then_some(&*typed)).await;
            self.busy.set(false);
            match outcome {
                VerifyOutcome::Verified => {
                    self.id.set_value(String::new());
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
        let Some(send) = self.send.filter(|_| !self.busy.get_untracked() && !self.wait.is_running_untracked()) else { return };
        self.begin();
        self.scope.spawn(async move {
            let sent = send(self.what, self.email.get_value()).await;
            self.busy.set(false);
            match sent {
                Ok(id) => {
                    self.wait.start();
                    // The text about the message may move the button below the window.
                    after_render(|| focus::scroll_into_view(":focus"));
                    let was_expired = self.step.get_untracked() == Step::Expired;
                    // The code in the new message has a new id.
                    if let Some(id) = id {
                        self.id.set_value(id);
                        if was_expired {
                            self.go(Step::Message(VerificationStep::EnterCode));
                        }
                    } else if was_expired {
                        self.go(Step::Message(VerificationStep::FollowLink));
                    }
                }
                Err(why) => show_error(self.error, why),
            }
        });
    }

    fn begin(self) {
        self.error.set(None);
        self.busy.set(true);
    }

    fn go(self, step: Step) {
        self.step.set(step);
        focus::focus_after_render(focus::HEADING);
    }

    fn fail(self, error: VerificationError) {
        show_error(self.error, form_error::<D>(error));
    }
}

/// The error as a form shows it.
fn form_error<D: Design>(error: VerificationError) -> FormError {
    let message = error.message::<D>();
    match error {
        VerificationError::Blank | VerificationError::WrongCode => {
            FormError::Fields(vec![FieldError { field: TextField::<D>::CODE.field, message: message.to_string() }])
        }
        VerificationError::Unavailable => FormError::Retryable(message.what.to_owned(), message.next),
        _ => FormError::Form(message.what.to_owned(), message.next),
    }
}
