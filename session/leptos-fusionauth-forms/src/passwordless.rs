//! A sign-in without a password: a form for the email, and then a form for the short code from the message. Both look the same for every
//! email, so that nobody learns who has an account. If the message also has a link with the codes, `sign_in_link` has the link's page.

use crate::{
    back::BackToSignIn,
    backend::BackendAnswer,
    cool_down::CoolDown,
    error::{ErrorSummary, FormError},
    field::{TextField, TextInput},
    focus,
    heading::{Heading, Named},
    keep_signed_in::{KeepSignedInBox, kept},
    outcome::{Stage, empty_fields},
    page_scope::PageScope,
    progress::SignInProgress,
    sign_in_link::{SignInLink, SignInLinkForm},
    submit::{SubmitButton, submit},
    title::open_form,
    typed,
};
use fusionauth_forms::{CodeChoice, Design, Message, PasswordlessError, SignInField, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{KeepSignedIn, LoginFailure, use_session};

/// Makes the backend email a short code (`POST /api/passwordless/start` and `/send`), and returns FusionAuth's long code, which belongs to
/// it. FusionAuth starts such a sign-in only for callers with an API key. The backend must answer alike for every login id, and must start
/// the sign-in with the login strategy `FormField`, because otherwise the long code alone signs in.
pub type StartPasswordless = fn(String) -> BackendAnswer<String>;

/// The button below the form for email and password that shows [`PasswordlessSignIn`] in its place. The typed email stays.
#[component]
pub fn PasswordlessButton<D: Design>(
    /// The sign-in that the button continues, with its [`PasswordForm`](crate::PasswordForm) on the same page.
    progress: SignInProgress<D>,
) -> impl IntoView {
    let show = move |_| {
        progress.keep_typed();
        progress.go(Stage::Passwordless, None);
    };
    view! {
        <p class=D::CLASSES.aside>
            <button type="button" class=D::CLASSES.quiet on:click=show>{text_of!(D, "Sign in without a password")}</button>
        </p>
    }
}

/// The forms for the email and for the code. After a wrong code the user needs another message, because FusionAuth may accept each code for
/// one attempt.
#[component]
pub fn PasswordlessSignIn<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// Sends the message.
    start: StartPasswordless,
    /// The link with which the user has opened the page, if the message has one. The page then begins with a button that signs in.
    #[prop(optional_no_strip)]
    link: Option<SignInLink>,
) -> impl IntoView {
    let (session, scope, wait) = (use_session(), PageScope::current(), CoolDown::over());
    let SignInProgress { error, busy, username, .. } = progress;
    let (heading, check_email) = (text_of!(D, "Sign in without a password"), text_of!(D, "Check your email"));
    let is_link_open = RwSignal::new(link.is_some());
    let link = StoredValue::new(link);
    let long_code = StoredValue::new(String::new());
    let (is_sent, is_sent_again) = (RwSignal::new(false), RwSignal::new(false));
    let (email, keep, code) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    open_form(error, move || {
        if is_link_open.get() {
            text_of!(D, "Sign in")
        } else if is_sent.get() {
            check_email
        } else {
            heading
        }
    });
    Effect::new(move |_| {
        if let (Some(email), Some(keep)) = (email.get(), keep.get()) {
            email.set_value(&username.get_value());
            keep.set_checked(progress.keep.get_value() == KeepSignedIn::Yes);
        }
    });
    let send = move || {
        if let Some(input) = email.get_untracked() {
            username.set_value(typed::email_in(&input));
            progress.keep.set_value(kept(keep));
        }
        let name = username.get_value();
        if wait.is_running_untracked() || progress.show_missing(empty_fields(&name, "-")) || !progress.begin() {
            return;
        }
        scope.spawn(async move {
            match start(name).await {
                Ok(new) => {
                    busy.set(false);
                    wait.start();
                    long_code.set_value(new);
                    is_sent_again.set(is_sent.get_untracked());
                    is_sent.set(true);
                    focus::focus_after_render(focus::HEADING);
                }
                Err(why) => progress.failed(why),
            }
        });
    };
    let check = move || {
        let Some(input) = code.get_untracked() else { return };
        let typed = typed::message_code(&input.value());
        let missing = typed.is_empty().then_some(SignInField::Code);
        if progress.show_missing(missing.into_iter().collect()) || !progress.begin() {
            return;
        }
        scope.spawn(async move {
            match progress.session(session).sign_in_passwordless(&long_code.get_value(), Some(&typed)).await {
                Err(LoginFailure::InvalidCredentials) => {
                    input.set_value("");
                    let Message { what, next } = PasswordlessError::CodeRefused.message::<D>();
                    progress.failed(FormError::Form(what.to_owned(), next));
                }
                answer => _ = progress.answered(answer),
            }
        });
    };
    let use_another = move |_| {
        is_sent.set(false);
        error.set(None);
        focus::focus_after_render(focus::HEADING);
    };
    move || {
        if let Some(link) = link.get_value().filter(|_| is_link_open.get()) {
            let close = move || is_link_open.set(false);
            view! { <SignInLinkForm progress link close/> }.into_any()
        } else if is_sent.get() {
            view! {
                <section class=D::CLASSES.section>
                    <Heading text=check_email/>
                    <p>
                        <Named
                            text=text_of!(D, "If there is an account for {}, we've emailed a code. It works once and expires after a few minutes.")
                            name=username.get_value()
                        />
                    </p>
                    <p class=D::CLASSES.hidden role="status">
                        {move || if is_sent_again.get() && wait.is_running() { text_of!(D, "We sent another code.") } else { "" }}
                    </p>
                    <form id="passwordless-code" method="post" novalidate="" on:submit=submit(check)>
                        <ErrorSummary error retry=check/>
                        <TextInput field=TextField::CODE error input=code/>
                        <SubmitButton design=D::default() busy text=text_of!(D, "Sign in") busy_text=text_of!(D, "Signing in…")/>
                        <button
                            type="button"
                            class=D::CLASSES.quiet
                            aria-disabled=move || (busy.get() || wait.is_running()).then_some("true")
                            on:click=move |_| send()
                        >
                            {move || wait.label(&CodeChoice::SendAnother.label::<D>())}
                        </button>
                        <button type="button" class=D::CLASSES.quiet on:click=use_another>{text_of!(D, "Use another email")}</button>
                        <BackToSignIn progress/>
                    </form>
                    <p class=D::CLASSES.note>
                        {text_of!(D, "No email after a minute? Check your spam folder, or check that you entered the right email.")}
                    </p>
                </section>
            }
            .into_any()
        } else {
            view! {
                <section class=D::CLASSES.section>
                    <Heading text=heading/>
                    <p class=D::CLASSES.lead>{text_of!(D, "We'll email you a code to sign in with.")}</p>
                    <form id="passwordless" method="post" novalidate="" on:submit=submit(send)>
                        <ErrorSummary error retry=send/>
                        <TextInput field=TextField::USERNAME error input=email/>
                        <KeepSignedInBox design=D::default() input=keep/>
                        <SubmitButton design=D::default() busy text=text_of!(D, "Send the code") busy_text=text_of!(D, "Sending the code…")/>
                        <BackToSignIn progress/>
                    </form>
                </section>
            }
            .into_any()
        }
    }
}
