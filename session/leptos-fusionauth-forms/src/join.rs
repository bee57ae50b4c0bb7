//! The form for a user who is not registered for this application (FusionAuth's status 202). Its button registers the user and signs them
//! in. The form asks for the password again, because the sign-in does not store it. The password proves to the backend that the user owns
//! the account.

use crate::{
    back::BackToSignIn,
    backend::BackendAnswer,
    error::{ErrorSummary, FormError},
    field::{AccountName, PasswordInput, TextField, TextInput, Visibility},
    heading::Heading,
    outcome::empty_fields,
    page_scope::PageScope,
    progress::SignInProgress,
    submit::{SubmitButton, submit},
    typed,
};
use fusionauth_forms::{Blocked, Design, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::use_session;

/// Registers an existing user for the application: the function gets the user's login id and password. FusionAuth does so only for callers
/// with an API key, so the backend checks the password first.
pub type Join = fn(String, String) -> BackendAnswer<()>;

/// The form with the password and the button "Register and sign in".
#[component]
pub(crate) fn JoinForm<D: Design>(progress: SignInProgress<D>, join: Join) -> impl IntoView {
    let session = use_session();
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let visibility = RwSignal::new(Visibility::Untouched);
    let scope = PageScope::current();
    let send = move || {
        let Some(input) = password.get_untracked() else { return };
        if let Some(email) = email.get_untracked() {
            progress.username.set_value(typed::email_in(&email));
        }
        let (login_id, secret) = (progress.username.get_value(), typed::password_in(&input));
        visibility.set(Visibility::Untouched);
        if progress.show_missing(empty_fields(&login_id, &secret)) || !progress.begin() {
            return;
        }
        scope.spawn(async move {
            match join(login_id.clone(), secret.clone()).await {
                Ok(()) => _ = progress.answered(progress.session(session).sign_in(&login_id, &secret).await),
                Err(why) => {
                    if !matches!(why, FormError::Retryable(..)) {
                        input.set_value("");
                    }
                    progress.failed(why);
                }
            }
        });
    };
    let blocked = Blocked::NotRegistered;
    // A mailed link that signs in does not contain the email, so the user types it here.
    let account = match progress.username.get_value() {
        name if name.is_empty() => view! { <TextInput field=TextField::USERNAME error=progress.error input=email/> }.into_any(),
        name => view! { <AccountName name/> }.into_any(),
    };
    view! {
        <section class=D::CLASSES.section>
            <Heading text={blocked.heading::<D>()}/>
            <p>{blocked.message::<D>().what}</p>
            <p class=D::CLASSES.lead>{text_of!(D, "To register it, enter your password.")}</p>
            <form id="join" method="post" novalidate="" on:submit=submit(send)>
                <ErrorSummary error=progress.error retry=send/>
                {account}
                <PasswordInput field=TextField::PASSWORD error=progress.error input=password visibility/>
                <SubmitButton
                    design=D::default()
                    busy=progress.busy
                    text=text_of!(D, "Register and sign in")
                    busy_text=text_of!(D, "Registering…")
                />
                <BackToSignIn progress text=text_of!(D, "Use another account")/>
            </form>
        </section>
    }
}
