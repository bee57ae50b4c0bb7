//! The form for email and password. Its markup equals the static form in `index.html`, and a test compares the two.

use super::{
    keep_signed_in::{KeepSignedInBox, kept},
    outcome::{SignInField, Stage, empty_fields, field},
    sign_in_progress::SignInProgress,
    sign_out_reason::explain,
    static_form::use_static_form,
};
use crate::ui::{
    PageScope,
    components::Heading,
    form::{self, ErrorSummary, PasswordInput, SubmitButton, TextField, TextInput, Visibility},
    read_until_cleanup,
};
use leptos::{html, prelude::*};
use leptos_fusionauth::{KeepSignedIn, SessionState, use_session};
use storefront_messages::{Text, t};

const USERNAME: TextField =
    TextField { inputmode: Some("email"), ..TextField::new(field(SignInField::Username), Text::new("Email"), "username", "username") };

const PASSWORD: TextField = TextField::new(field(SignInField::Password), Text::new("Password"), "password", "current-password");

/// The form for email and password. It reads its inputs at submit, because password managers fill them in without an event.
#[component]
pub(super) fn PasswordForm(progress: SignInProgress) -> impl IntoView {
    let session = use_session();
    let static_form = use_static_form();
    let (username, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let keep = NodeRef::<html::Input>::new();
    let visibility = RwSignal::new(Visibility::Untouched);
    let scope = PageScope::current();

    Effect::new(move |_| {
        let (Some(input), Some(keep)) = (username.get(), keep.get()) else { return };
        match (static_form.take(), input.form()) {
            (Some(state), Some(form)) => state.put_into(&form),
            _ => {
                input.set_value(&progress.username.get_value());
                keep.set_checked(progress.keep.get_value() == KeepSignedIn::Yes);
            }
        }
    });

    let send = move || {
        let (Some(username), Some(password)) = (username.get_untracked(), password.get_untracked()) else { return };
        let (name, secret) = (username.value(), password.value());
        visibility.set(Visibility::Untouched);
        if progress.show_missing(empty_fields(&name, &secret)) || !progress.begin() {
            return;
        }
        let name = name.trim().to_owned();
        progress.username.set_value(name.clone());
        progress.keep.set_value(kept(keep));
        scope.spawn(async move {
            let error = progress.answered(progress.session(session).sign_in(&name, &secret).await);
            // Keep the password only for a retry. If another form follows, clear both inputs, because that form may reuse these elements.
            if error.is_none_or(|error| !error.is_retryable()) {
                password.set_value("");
            }
            if progress.stage.get_untracked() != Stage::Password {
                username.set_value("");
            }
        });
    };

    let end_cause = move || match read_until_cleanup(session.state()) {
        SessionState::SignedOut(Some(cause)) => Some(view! { <p class="reason">{explain(cause)}</p> }),
        _ => None,
    };
    view! {
        <section class="auth">
            <Heading text=t!("Sign in")/>
            <p class="lead">{t!("One account for the Store and the Forums.")}</p>
            {move || end_cause()}
            <form id="login" method="post" novalidate="" on:submit=form::submit(send)>
                <ErrorSummary error=progress.error retry=send/>
                <TextInput field=USERNAME error=progress.error input=username/>
                <PasswordInput field=PASSWORD error=progress.error input=password visibility/>
                <KeepSignedInBox input=keep/>
                <SubmitButton busy=progress.busy text=t!("Sign in") busy_text=t!("Signing in…")/>
            </form>
        </section>
    }
}
