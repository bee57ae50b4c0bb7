//! The form that asks FusionAuth to email a reset link. It looks the same for every email, so that nobody learns who has an account.

use crate::{
    cool_down::CoolDown,
    error::{ErrorSummary, FieldError, FormError, FormErrorSignal, show_error},
    field::{TextField, TextInput},
    focus,
    heading::{Heading, Named},
    page_scope::PageScope,
    submit::{SubmitButton, submit},
    title::open_form,
    typed,
};
use fusionauth_forms::{Design, PasswordError, SignInField, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{ForgotPasswordOutcome, use_session};

/// The form that requests a reset link. The pages for an expired link and for a blocked account show it, too.
#[component]
pub fn ForgotPasswordForm<D: Design>(
    /// The design of the form.
    design: D,
    /// The site's key, which the email's template gets as `state.site`, if one tenant sends links to several sites.
    #[prop(optional_no_strip)]
    site: Option<&'static str>,
    /// The reason why the form is shown, as an error.
    #[prop(optional)]
    error: Option<FormError>,
    /// The heading.
    #[prop(default = text_of!(D, "Forgot your password?"))]
    heading: &'static str,
    /// The purpose of the form.
    #[prop(default = text_of!(D, "We'll email you a link to choose a new one.").to_owned())]
    lead: String,
    /// The email, if it is known.
    #[prop(optional)]
    email: String,
    /// The link or button that leaves the form.
    children: ChildrenFn,
) -> impl IntoView {
    _ = design;
    let session = use_session();
    let error = FormErrorSignal::<D>::new(error);
    let busy = RwSignal::new(false);
    let sent_to = RwSignal::new(None::<String>);
    let is_sent_again = RwSignal::new(false);
    let wait = CoolDown::over();
    let input = NodeRef::<html::Input>::new();
    let typed = StoredValue::new(email);
    let scope = PageScope::current();
    let check = text_of!(D, "Check your email");
    open_form(error, move || if sent_to.read().is_some() { check } else { heading });
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&typed.get_value());
        }
    });
    let send = move || {
        if let Some(input) = input.get_untracked() {
            typed.set_value(typed::email_in(&input));
        }
        let email = typed.get_value();
        if email.is_empty() {
            let missing = FieldError { field: TextField::<D>::USERNAME.field, message: SignInField::Username.missing::<D>().to_owned() };
            return show_error(error, FormError::Fields(vec![missing]));
        }
        if busy.get_untracked() || wait.is_running_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let outcome = session.forgot_password(&email, site).await;
            busy.set(false);
            let failure = match outcome {
                ForgotPasswordOutcome::Accepted => {
                    wait.start();
                    let is_first = sent_to.get_untracked().is_none();
                    is_sent_again.set(!is_first);
                    if is_first {
                        sent_to.set(Some(email));
                        focus::focus_after_render(focus::HEADING);
                    }
                    return;
                }
                ForgotPasswordOutcome::NotConfigured => PasswordError::NotConfigured,
                ForgotPasswordOutcome::TooMany => PasswordError::TooManyAttempts,
                ForgotPasswordOutcome::Unavailable { .. } => PasswordError::Unavailable,
            };
            show_error(error, form_error::<D>(failure));
        });
    };
    let again = move || {
        sent_to.set(None);
        focus::focus_after_render(focus::HEADING);
    };
    move || {
        match sent_to.get() {
        None => view! {
            <section class=D::CLASSES.section>
                <Heading text=heading/>
                <p class=D::CLASSES.lead>{lead.clone()}</p>
                <form id="forgot-password" method="post" novalidate="" on:submit=submit(send)>
                    <ErrorSummary error retry=send/>
                    <TextInput field=TextField::USERNAME error input/>
                    <SubmitButton design busy text=text_of!(D, "Send the link") busy_text=text_of!(D, "Sending the link…")/>
                    {children()}
                </form>
            </section>
        }
        .into_any(),
        Some(email) => view! {
            <section class=D::CLASSES.section>
                <Heading text=check/>
                <ErrorSummary error retry=send/>
                <p>
                    <Named text=text_of!(D, "If there is an account for {}, we've emailed a reset link. The link works once and expires after a few \
                                    minutes.") name=email/>
                </p>
                <p>{text_of!(D, "No email after a minute? Check your spam folder, or check that you entered the right email.")}</p>
                <p class=D::CLASSES.hidden role="status">
                    {move || if is_sent_again.get() && wait.is_running() { text_of!(D, "We sent the link again.") } else { "" }}
                </p>
                <button
                    type="button"
                    class=D::CLASSES.quiet
                    aria-disabled=move || (busy.get() || wait.is_running()).then_some("true")
                    on:click=move |_| send()
                >
                    {move || wait.label(text_of!(D, "Send the link again"))}
                </button>
                <button type="button" class=D::CLASSES.quiet on:click=move |_| again()>{text_of!(D, "Use another email")}</button>
                {children()}
            </section>
        }
        .into_any(),
    }
    }
}

/// The error as a form shows it.
pub(crate) fn form_error<D: Design>(error: PasswordError) -> FormError {
    let message = error.message::<D>();
    match error {
        PasswordError::Unavailable => FormError::Retryable(message.what.to_owned(), message.next),
        _ => FormError::Form(message.what.to_owned(), message.next),
    }
}
