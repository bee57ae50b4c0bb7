//! The form for a user who is not registered for this application (FusionAuth's status 202). Its button registers the user and signs them
//! in. The form asks for the password again, because the app does not store it. The password proves to the backend that the user owns the
//! account.

use super::{api, progress::SignInProgress};
use crate::ui::{
    PageScope,
    components::Heading,
    form::{self, AccountName, ErrorSummary, PasswordInput, SubmitButton, TextField, Visibility},
};
use leptos::{html, prelude::*};
use leptos_fusionauth::use_session;
use leptos_fusionauth_forms::{BackToSignIn, empty_fields};
use storefront_api::Join;
use storefront_messages::{Blocked, Storefront, t};

/// The form with the password and the button "Register and sign in".
#[component]
pub(super) fn JoinForm(progress: SignInProgress) -> impl IntoView {
    let session = use_session();
    let password = NodeRef::<html::Input>::new();
    let visibility = RwSignal::new(Visibility::Untouched);
    let scope = PageScope::current();
    let send = move || {
        let Some(input) = password.get_untracked() else { return };
        let wanted = Join { login_id: progress.username.get_value(), password: input.value() };
        visibility.set(Visibility::Untouched);
        if progress.show_missing(empty_fields("-", &wanted.password)) || !progress.begin() {
            return;
        }
        scope.spawn(async move {
            match api::join(&wanted).await {
                Ok(()) => _ = progress.answered(progress.session(session).sign_in(&wanted.login_id, &wanted.password).await),
                Err(why) => {
                    if !why.is_retryable() {
                        input.set_value("");
                    }
                    progress.failed(why.in_form(&[TextField::PASSWORD]));
                }
            }
        });
    };
    view! {
        <section class="auth">
            <Heading text={Blocked::NotRegistered.heading::<Storefront>()}/>
            <p>{Blocked::NotRegistered.message::<Storefront>().what}</p>
            <p class="lead">{t!("To register it, enter your password again.")}</p>
            <form id="join" method="post" novalidate="" on:submit=form::submit(send)>
                <ErrorSummary error=progress.error retry=send/>
                <AccountName name=progress.username.get_value()/>
                <PasswordInput field=TextField::PASSWORD error=progress.error input=password visibility/>
                <SubmitButton design=Storefront busy=progress.busy text=t!("Register and sign in") busy_text=t!("Registering…")/>
                <BackToSignIn progress text=t!("Use another account")/>
            </form>
        </section>
    }
}
