//! The section of the account page that changes the email: a form for the new email, then a form for the code that the backend sends to it.
//! The current email stays in use until the user enters the code. After a reload, the page shows the form for the code again.

use super::{
    page_state::{Form, Loaded, PageState},
    section::FormSection,
    sensitive_form::{SensitiveChange, SensitiveForm},
};
use crate::data::{call, call_with};
use crate::{
    core::Route,
    data::use_answers,
    ui::{
        components::Named,
        document,
        form::{self, ErrorSummary, Field, FieldError, FormError, SubmitButton, TextField, TextInput, typed},
    },
};
use leptos::{html, prelude::*};
use storefront_api::account::{ChangeEmail, ConfirmEmail};
use storefront_api::endpoints;
use storefront_messages::{FieldMessage, Storefront, Text, VerificationError, t};

const EMAIL: TextField = TextField {
    inputmode: Some("email"),
    ..TextField::new(Field { id: "new-email", error_id: "new-email-error" }, Text::new("New email"), "email", "email")
};

/// The section. It is empty if this site cannot send codes.
#[component]
pub(super) fn EmailSection(page: PageState) -> impl IntoView {
    let is_offered = RwSignal::new(false);
    Effect::new(move |_| {
        let Loaded::Ready(account) = page.account.get() else { return };
        if is_offered.get_untracked() != account.can_change_email {
            is_offered.set(account.can_change_email);
        }
        if page.pending_email.get_untracked() != account.pending_email {
            page.pending_email.set(account.pending_email.clone());
        }
        // Open the form for the code, because the user may have left the page to read the email.
        if account.pending_email.is_some() && page.open.get_untracked().is_none() {
            page.open.set(Some(Form::Email));
        }
    });
    view! {
        <Show when=move || is_offered.get()>
            <FormSection
                page
                form=Form::Email
                heading=t!("Email")
                text=t!("We'll send a code to the new email. Until you enter it here, keep signing in with your current email.")
                button=t!("Change email")
            >
                {move || match page.pending_email.get() {
                    Some(email) => view! { <EmailCodeForm page email/> }.into_any(),
                    None => view! { <NewEmailForm page/> }.into_any(),
                }}
            </FormSection>
        </Show>
    }
}

#[component]
fn NewEmailForm(page: PageState) -> impl IntoView {
    let (change, input) = (SensitiveChange::new(page, (Form::Email, t!("Email")), EMAIL), NodeRef::<html::Input>::new());
    let send = move || {
        let email = typed::email(input);
        if email.is_empty() {
            let missing = FieldError { field: EMAIL.field, message: FieldMessage::EmailBlank.text().to_owned() };
            return change.show_error(FormError::Fields(vec![missing]));
        }
        let body = ChangeEmail { email, current_password: change.password() };
        let request = async move { call_with(endpoints::CHANGE_EMAIL, &[], &body).send(page.session).await.map(|_| body.email) };
        change.send(request, |SensitiveChange { page, .. }, email| {
            if page.pending_email.try_set(Some(email)).is_none() {
                page.context.announce(t!("We sent the code."));
                document::focus_after_render(format!("#{}", TextField::CODE.field.id));
            }
        });
    };
    view! {
        <SensitiveForm change send text=t!("Send the code") busy_text=t!("Sending the code…")>
            <TextInput field=EMAIL error=change.error input/>
        </SensitiveForm>
    }
}

/// The form for the code that the backend has sent to `email`.
#[component]
fn EmailCodeForm(page: PageState, email: String) -> impl IntoView {
    let answers = use_answers();
    let (change, input) = (SensitiveChange::new(page, (Form::Email, t!("Email")), TextField::CODE), NodeRef::<html::Input>::new());
    let SensitiveChange { error, busy, .. } = change;
    let is_sent_again = RwSignal::new(false);
    let send = move || {
        let code = input.get_untracked().map(|it| typed::message_code(&it.value())).unwrap_or_default();
        if code.is_empty() {
            let missing =
                FieldError { field: TextField::CODE.field, message: VerificationError::Blank.message::<Storefront>().what.to_owned() };
            return change.show_error(FormError::Fields(vec![missing]));
        }
        let request = async move {
            call_with(endpoints::CONFIRM_EMAIL, &[], &ConfirmEmail { code }).send(page.session).await?;
            // The backend rejects access tokens from before the change, so this request makes the session library renew the token.
            Ok(call(endpoints::USER, &[]).send(page.session).await)
        };
        change.send(request, move |_, user| {
            if let Ok(user) = user
                && page.mutations.current_user().as_ref() == Some(&user.id)
            {
                answers.keep(Route::Account, user.clone());
                page.user.set(user);
            }
            page.succeeded(Form::Email, t!("Email changed. From now on, sign in with the new one."));
            page.pending_email.set(None);
            page.load();
        });
    };
    let send_again = move || {
        is_sent_again.set(false);
        let request = call(endpoints::SEND_EMAIL_CODE_AGAIN, &[]).send(page.session);
        change.send(request, move |_, _| _ = is_sent_again.try_set(true));
    };
    let cancel = move || {
        page.scope.spawn(async move {
            match call(endpoints::CANCEL_EMAIL_CHANGE, &[]).send(page.session).await {
                Ok(_) => {
                    page.close(Form::Email);
                    page.pending_email.set(None);
                    page.load();
                }
                Err(why) => Form::Email.show_error(error, why.in_form(&[TextField::CODE])),
            }
        });
    };
    view! {
        <form class="write" method="post" novalidate="" on:submit=form::submit(send)>
            <ErrorSummary error retry=send/>
            <p><Named text=t!("We sent a code to {}. Enter it within ten minutes.") name=email/></p>
            <TextInput field=TextField::CODE error input/>
            <SubmitButton design=Storefront busy text=t!("Change my email") busy_text=t!("Checking the code…")/>
            <div role="status">{move || is_sent_again.get().then(|| view! { <p class="reason">{t!("We sent a new code.")}</p> })}</div>
            <button type="button" class="quiet wide" aria-disabled=move || busy.get().then_some("true") on:click=move |_| send_again()>
                {t!("Send another code")}
            </button>
            <button type="button" class="quiet wide" on:click=move |_| cancel()>{t!("Keep my current email")}</button>
        </form>
    }
}
