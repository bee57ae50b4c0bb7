//! The section of the account page that changes the e-mail address: a form for the new one, then a form for the code that was sent to it.
//! Until the code is entered the present address holds, also over a reload of the page.

use super::{AccountPage, AccountState, Form, api, sensitive_form::SensitiveForm};
use crate::{
    core::Route,
    data::use_answers,
    sign_in::outcome::CODE,
    ui::{
        ApplyToPage, ErasedSignal, PageScope, click, components, disabled, document, dynamic, effect,
        form::{self, Field, FieldError, FormError, FormErrorSignal, TextField},
        none,
    },
};
use leptos::{html, prelude::*};
use storefront_api::account::{ChangeAddress, ConfirmAddress};
use storefront_messages::{FieldMessage, Text, VerificationError, t};

const EMAIL: TextField = TextField {
    inputmode: Some("email"),
    ..TextField::new(Field { id: "new-email", error_id: "new-email-error" }, Text::new("New email"), "email", "email")
};

/// The section. It is empty where this site cannot send the code.
pub(super) fn section(page: AccountPage) -> AnyView {
    let is_offered = ErasedSignal::new(false);
    effect(move || {
        let AccountState::Ready(account) = &*page.account.read() else { return };
        if *is_offered.read_untracked() != account.can_change_email {
            is_offered.set(account.can_change_email);
        }
        if *page.pending_email.read_untracked() != account.pending_email {
            page.pending_email.set(account.pending_email.clone());
        }
        // Whoever comes back from the mailbox finds the form for the code.
        if account.pending_email.is_some() && page.open.get_untracked().is_none() {
            page.open.set(Some(Form::Address));
        }
    });
    dynamic(move || if is_offered.get() { page.card(Form::Address, about(), t!("Change email"), form) } else { none() })
}

fn about() -> (&'static str, &'static str) {
    (t!("Email"), t!("We send a code to the new address. Until you enter it here, you sign in with the present one."))
}

fn form(page: AccountPage) -> AnyView {
    dynamic(move || match page.pending_email.get() {
        Some(email) => code_form(page, email),
        None => address_form(page),
    })
}

fn address_form(page: AccountPage) -> AnyView {
    let (sensitive, input) = (SensitiveForm::new(page, (Form::Address, t!("Email")), EMAIL), NodeRef::<html::Input>::new());
    let send = move || {
        let email = input.get_untracked().map(|it| it.value().trim().to_owned()).unwrap_or_default();
        if email.is_empty() {
            let missing = FieldError { field: EMAIL.field, message: FieldMessage::EmailBlank.text().to_owned() };
            return sensitive.show_error(FormError::Fields(vec![missing]));
        }
        let body = ChangeAddress { email, current_password: sensitive.password() };
        let request = async move { api::change_address(page.session, &body).await.map(|_| body.email) };
        sensitive.send(Box::pin(request), |SensitiveForm { page, .. }, email| {
            if page.pending_email.try_set(Some(email)) {
                page.context.announce(t!("The code is on its way."));
                document::focus_after_render(format!("#{}", CODE.field.id));
            }
        });
    };
    sensitive.view(form::text_field(EMAIL, sensitive.error, input), send, (t!("Send the code"), t!("Sending the code…")))
}

fn code_form(page: AccountPage, email: String) -> AnyView {
    let answers = use_answers();
    let (error, busy, input) = (FormErrorSignal::new(None), ErasedSignal::new(false), NodeRef::<html::Input>::new());
    let (is_sent_again, scope) = (ErasedSignal::new(false), PageScope::current());
    effect(move || page.title.error(error.read().is_some()));
    let send = move || {
        let code = input.get_untracked().map(|it| it.value()).unwrap_or_default();
        if busy.get_untracked() {
            return;
        }
        if code.trim().is_empty() {
            let missing = FieldError { field: CODE.field, message: VerificationError::Blank.message().what.to_owned() };
            return Form::Address.show_error(error, FormError::Fields(vec![missing]));
        }
        error.set(None);
        busy.set(true);
        let session = page.session;
        scope.finish(session, async move {
            if let Err(why) = api::confirm_address(session, &ConfirmAddress { code }).await {
                return Box::new(move |_| {
                    busy.set(false);
                    page.refused((Form::Address, t!("Email")), error, why.in_form(&[CODE]));
                }) as ApplyToPage;
            }
            // The access token names the former address, so this request renews it.
            let user = api::user(session).await;
            Box::new(move |_| {
                busy.set(false);
                if let Ok(user) = user {
                    answers.keep(Route::Account, user.clone());
                    page.user.set(user);
                }
                page.succeeded(Form::Address, t!("Your email is changed. You sign in with the new one from now on."));
                page.pending_email.set(None);
                page.load();
            })
        });
    };
    let send_again = move || {
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        is_sent_again.set(false);
        busy.set(true);
        page.scope.spawn(async move {
            let answer = api::send_address_code_again(page.session).await;
            busy.set(false);
            match answer {
                Ok(_) => is_sent_again.set(true),
                Err(why) => Form::Address.show_error(error, why.in_form(&[CODE])),
            }
        });
    };
    let keep = move || {
        page.scope.spawn(async move {
            match api::keep_address(page.session).await {
                Ok(_) => {
                    page.close(Form::Address);
                    page.pending_email.set(None);
                    page.load();
                }
                Err(why) => Form::Address.show_error(error, why.in_form(&[CODE])),
            }
        });
    };
    let sent = move || match is_sent_again.get() {
        true => view! { <p class="reason">{t!("A new code is on its way.")}</p> }.into_any(),
        false => none(),
    };
    view! {
        <form class="write" method="post" novalidate="" on:submit=form::submit(send)>
            {form::summary(error, send)}
            <p>{components::named(t!("We have sent a code to {}. Enter it within ten minutes."), email)}</p>
            {form::text_field(CODE, error, input)}
            {form::submit_button(busy, t!("Change my email"), t!("Checking the code…"))}
            <div role="status">{dynamic(sent)}</div>
            <button type="button" class="quiet wide" aria-disabled=disabled(move || busy.get()) on:click=click(send_again)>
                {t!("Send another code")}
            </button>
            <button type="button" class="quiet wide" on:click=click(keep)>{t!("Keep my present email")}</button>
        </form>
    }
    .into_any()
}
