//! The form for a user who is not registered for this application (202). One button registers and signs in. The password is asked for once
//! more, because nothing here keeps it, and it proves to the backend, which has the API key, whose account it is.

use super::{
    Attempt, api, blocked,
    outcome::{SignInField, empty_fields, field},
};
use crate::ui::{
    ErasedSignal, PageScope, document,
    form::{self, TextField, Visibility},
};
use leptos::{html, prelude::*};
use leptos_fusionauth::use_session;
use storefront_api::Join;
use storefront_messages::{Blocked, Text, t};

const PASSWORD: TextField = TextField::new(field(SignInField::Password), Text::new("Password"), "password", "current-password");

pub(super) fn form(attempt: Attempt) -> AnyView {
    let session = use_session();
    let password = NodeRef::<html::Input>::new();
    let visibility = ErasedSignal::new(Visibility::Untouched);
    let scope = PageScope::current();
    let send = move || {
        let Some(input) = password.get_untracked() else { return };
        let wanted = Join { login_id: attempt.username.get_value(), password: input.value() };
        visibility.set(Visibility::Untouched);
        if attempt.refuse_empty(empty_fields("-", &wanted.password)) || !attempt.begin() {
            return;
        }
        scope.spawn(async move {
            match api::join(&wanted).await {
                Ok(()) => _ = attempt.answered(attempt.session(session).sign_in(&wanted.login_id, &wanted.password).await),
                Err(why) => {
                    if !why.is_retryable() {
                        input.set_value("");
                    }
                    attempt.failed(why.in_form(&[PASSWORD]));
                }
            }
        });
    };
    view! {
        <section class="auth">
            {document::heading(Blocked::NotRegistered.heading())}
            <p>{Blocked::NotRegistered.message().what}</p>
            <p class="lead">{t!("Add it with one click: enter your password once more.")}</p>
            <form id="join" method="post" novalidate="" on:submit=form::submit(send)>
                {form::summary(attempt.error, send)}
                {form::account_name(attempt.username.get_value())}
                {form::password_field(PASSWORD, attempt.error, password, visibility)}
                {form::submit_button(attempt.busy, t!("Register and sign in"), t!("Registering…"))}
                {blocked::back_with(attempt, t!("Use another account"))}
            </form>
        </section>
    }
    .into_any()
}
