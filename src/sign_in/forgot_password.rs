//! `/forgot-password`: has FusionAuth mail a link with which one chooses a new password. What is shown is the same for every address, so
//! that nobody learns who has an account.

use super::{api, cool_down::CoolDown, outcome::EMAIL};
use crate::{
    core::{Route, use_app_context},
    ui::{
        ErasedSignal, PageScope, click, components, disabled, document, dynamic, effect,
        form::{self, FieldError, FormError, FormErrorSignal},
        use_title,
    },
};
use fusionauth_api::password::ForgotPasswordOutcome;
use leptos::{html, prelude::*};
use storefront_messages::{PasswordError, SignInField, Text, t};

/// What the form shows at first. Links that cannot be used lead to it, too, and accounts that are held.
pub(super) struct Request {
    /// What has happened before.
    pub(super) error: Option<FormError>,
    /// The heading.
    pub(super) heading: &'static str,
    /// What the form is for.
    pub(super) lead: String,
    /// The e-mail address, if it is known.
    pub(super) address: String,
}

impl Default for Request {
    fn default() -> Self {
        let lead = t!("We send you a link with which you choose a new one.").to_owned();
        Self { error: None, heading: Route::ForgotPassword.title(), lead, address: String::new() }
    }
}

/// The page.
pub(super) fn page() -> AnyView {
    view! { <div class="narrow">{form(Request::default(), link_back())}</div> }.into_any()
}

/// The way back of a page with an address of its own.
pub(super) fn link_back() -> Back {
    Box::new(|| view! { <a class="button quiet wide" href=Route::Login.href()>{t!("Back to sign in")}</a> }.into_any())
}

/// Makes the way back.
pub(super) type Back = Box<dyn Fn() -> AnyView + Send + Sync>;

/// The form.
pub(super) fn form(Request { error, heading, lead, address }: Request, back: Back) -> AnyView {
    let (context, title) = (use_app_context(), use_title());
    let error: FormErrorSignal = ErasedSignal::new(error);
    let busy = ErasedSignal::new(false);
    let sent_to = ErasedSignal::new(None::<String>);
    let wait = CoolDown::over();
    let input = NodeRef::<html::Input>::new();
    let typed = StoredValue::new(address);
    let scope = PageScope::current();
    effect(move || {
        title.name(if sent_to.read().is_some() { CHECK.get() } else { heading });
        title.error(error.read().is_some());
    });
    effect(move || {
        if let Some(input) = input.get() {
            input.set_value(&typed.get_value());
        }
    });
    let send = move || {
        if let Some(input) = input.get_untracked() {
            typed.set_value(input.value().trim().to_owned());
        }
        let address = typed.get_value();
        if address.is_empty() {
            let missing = FieldError { field: EMAIL.field, message: SignInField::Username.missing().to_owned() };
            return form::show_error(error, FormError::Fields(vec![missing]));
        }
        if busy.get_untracked() || wait.is_running_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        scope.spawn(async move {
            let outcome = api::forgot_password(context.config, &address).await;
            busy.set(false);
            let failure = match outcome {
                ForgotPasswordOutcome::Accepted => {
                    wait.start();
                    let is_first = sent_to.get_untracked().is_none();
                    sent_to.set(Some(address));
                    if is_first {
                        document::focus_after_render("main h1");
                    } else {
                        context.announce(t!("The link is sent again."));
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
        document::focus_after_render(format!("#{}", EMAIL.field.id));
    };
    dynamic(move || match sent_to.get() {
        None => view! {
            <section class="auth">
                {document::heading(heading)}
                <p class="lead">{lead.clone()}</p>
                <form id="forgot-password" method="post" novalidate="" on:submit=form::submit(send)>
                    {form::summary(error, send)}
                    {form::text_field(EMAIL, error, input)}
                    {form::submit_button(busy, t!("Send the link"), t!("Sending the link…"))}
                    {back()}
                </form>
            </section>
        }
        .into_any(),
        Some(address) => view! {
            <section class="auth">
                {document::heading(CHECK.get())}
                {form::summary(error, send)}
                <p>
                    {components::named(
                        t!("If there is an account for {}, a message with a link is on its way there. The link works once, and only for \
                         a few minutes."),
                        address,
                    )}
                </p>
                <p>{t!("No message after a minute? Look among the unwanted mail, or check the address.")}</p>
                <button
                    type="button"
                    class="quiet wide"
                    aria-disabled=disabled(move || busy.get() || wait.is_running())
                    on:click=click(send)
                >
                    {dynamic(move || wait.label(t!("Send the link again")).into_any())}
                </button>
                <button type="button" class="quiet wide" on:click=click(again)>{t!("Use another address")}</button>
                {back()}
            </section>
        }
        .into_any(),
    })
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
