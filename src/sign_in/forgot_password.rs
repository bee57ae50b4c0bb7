//! `/forgot-password`: asks FusionAuth to email a reset link. The page looks the same for every email, so that nobody learns who has an
//! account.

use super::api;
use crate::{
    core::{Route, use_app_context},
    ui::{
        PageScope,
        components::{Heading, Named},
        document,
        form::{self, ErrorSummary, FieldError, FormError, FormErrorSignal, SubmitButton, TextField, TextInput},
        use_title,
    },
};
use fusionauth_api::password::ForgotPasswordOutcome;
use leptos::{html, prelude::*};
use leptos_fusionauth_forms::CoolDown;
use storefront_messages::{PasswordError, SignInField, Storefront, Text, t};

/// The page for a forgotten password.
#[component]
pub(super) fn ForgotPasswordPage() -> impl IntoView {
    view! { <div class="narrow"><ForgotPasswordForm><LinkToSignIn/></ForgotPasswordForm></div> }
}

/// The link back to the sign-in page. Forms within the sign-in page use the button `BackToSignIn` instead.
#[component]
pub(super) fn LinkToSignIn() -> impl IntoView {
    view! { <a class="button quiet wide" href=Route::Login.href()>{t!("Back to sign in")}</a> }
}

/// The form that requests a reset link. The pages for an expired link and for a blocked account show it, too.
#[component]
pub(super) fn ForgotPasswordForm(
    /// The reason why the form is shown, as an error.
    #[prop(optional)]
    error: Option<FormError>,
    #[prop(default = Route::ForgotPassword.title())] heading: &'static str,
    /// The purpose of the form.
    #[prop(default = t!("We'll email you a link to choose a new one.").to_owned())]
    lead: String,
    /// The email, if it is known.
    #[prop(optional)]
    email: String,
    /// The link or button that leaves the form.
    children: ChildrenFn,
) -> impl IntoView {
    let (context, title) = (use_app_context(), use_title());
    let error: FormErrorSignal = FormErrorSignal::new(error);
    let busy = RwSignal::new(false);
    let sent_to = RwSignal::new(None::<String>);
    let wait = CoolDown::over();
    let input = NodeRef::<html::Input>::new();
    let typed = StoredValue::new(email);
    let scope = PageScope::current();
    Effect::new(move |_| {
        title.name(if sent_to.read().is_some() { CHECK.get() } else { heading });
        title.error(error.read().is_some());
    });
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&typed.get_value());
        }
    });
    let send = move || {
        if let Some(input) = input.get_untracked() {
            typed.set_value(input.value().trim().to_owned());
        }
        let email = typed.get_value();
        if email.is_empty() {
            let missing =
                FieldError { field: TextField::USERNAME.field, message: SignInField::Username.missing::<Storefront>().to_owned() };
            return form::show_error(error, FormError::Fields(vec![missing]));
        }
        if busy.get_untracked() || wait.is_running_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let outcome = api::forgot_password(context.config, &email).await;
            busy.set(false);
            let failure = match outcome {
                ForgotPasswordOutcome::Accepted => {
                    wait.start();
                    let is_first = sent_to.get_untracked().is_none();
                    sent_to.set(Some(email));
                    if is_first {
                        document::focus_after_render("main h1");
                    } else {
                        context.announce(t!("We sent the link again."));
                    }
                    return;
                }
                ForgotPasswordOutcome::NotConfigured => PasswordError::NotConfigured,
                ForgotPasswordOutcome::TooMany => PasswordError::TooManyAttempts,
                ForgotPasswordOutcome::Unavailable { .. } => PasswordError::Unavailable,
            };
            form::show_error(error, form_error(failure));
        });
    };
    let again = move || {
        sent_to.set(None);
        document::focus_after_render(format!("#{}", TextField::USERNAME.field.id));
    };
    move || match sent_to.get() {
        None => view! {
            <section class="auth">
                <Heading text=heading/>
                <p class="lead">{lead.clone()}</p>
                <form id="forgot-password" method="post" novalidate="" on:submit=form::submit(send)>
                    <ErrorSummary error retry=send/>
                    <TextInput field=TextField::USERNAME error input/>
                    <SubmitButton design=Storefront busy text=t!("Send the link") busy_text=t!("Sending the link…")/>
                    {children()}
                </form>
            </section>
        }
        .into_any(),
        Some(email) => view! {
            <section class="auth">
                <Heading text=CHECK.get()/>
                <ErrorSummary error retry=send/>
                <p>
                    <Named text=t!("If there is an account for {}, we've emailed a reset link. The link works once and expires after a few \
                                    minutes.") name=email/>
                </p>
                <p>{t!("No email after a minute? Check your spam folder, or check that you entered the right email.")}</p>
                <button
                    type="button"
                    class="quiet wide"
                    aria-disabled=move || (busy.get() || wait.is_running()).then_some("true")
                    on:click=move |_| send()
                >
                    {move || wait.label(t!("Send the link again"))}
                </button>
                <button type="button" class="quiet wide" on:click=move |_| again()>{t!("Use another email")}</button>
                {children()}
            </section>
        }
        .into_any(),
    }
}

const CHECK: Text = Text::new("Check your email");

/// The error as a form shows it.
pub(super) fn form_error(error: PasswordError) -> FormError {
    let message = error.message();
    match error {
        PasswordError::Unavailable => FormError::Retryable(message.what.to_owned(), message.next),
        _ => FormError::Form(message.what.to_owned(), message.next),
    }
}
