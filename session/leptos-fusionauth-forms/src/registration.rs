//! The form that creates an account, and then signs the user in.
//!
//! The form does not reveal whether an email has an account. If it has one, the backend gives the usual answer and notifies the owner by
//! email. If FusionAuth then rejects the sign-in, the page for an unverified email follows, which also says that an email was sent.

use crate::{
    backend::BackendAnswer,
    error::{ErrorSummary, FormErrorSignal, show_error},
    field::{Field, TextField, TextInput},
    heading::Heading,
    keep_signed_in::{KeepSignedInBox, kept},
    new_password::{NewPassword, NewPasswordInput},
    page_scope::{ApplyToPage, Page, PageScope},
    progress::SignInProgress,
    submit::{SubmitButton, submit},
    title::open_form,
    typed,
};
use fusionauth_forms::{Design, Text, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{LoginFailure, use_session};
use std::sync::Arc;

/// The account to create. This type has no `Debug`, because it holds a password.
#[derive(Clone)]
pub struct NewAccount {
    /// The typed email. The backend checks it.
    pub email: String,
    /// The typed password.
    pub password: String,
}

/// Creates an account at the backend, because FusionAuth registers users only for callers with an API key. The returned function runs after
/// the sign-in that follows, even if the user has left the page.
pub type Register = Arc<dyn Fn(NewAccount) -> BackendAnswer<Box<dyn FnOnce()>> + Send + Sync>;

impl<D: Design> TextField<D> {
    /// The email of a new account.
    pub const EMAIL: Self = Self {
        inputmode: Some("email"),
        ..Self::new(Field { id: "email", error_id: "email-error" }, Text::new("Email"), "email", "username")
    };

    /// The password of a new account.
    pub const PASSWORD_OF_NEW_ACCOUNT: Self = Self { label: Text::new("Password"), ..Self::NEW_PASSWORD };
}

/// The form.
#[component]
pub fn RegistrationForm<D: Design>(
    /// The sign-in with the new account, which follows the registration.
    progress: SignInProgress<D>,
    /// The form's error. An application with fields of its own passes it to them, too.
    error: FormErrorSignal<D>,
    /// Creates the account.
    register: Register,
    /// Called if the account exists, and `progress` has the next step of the sign-in. Show that step instead of the form.
    #[prop(into)]
    made: Callback<()>,
    /// The content between the heading and the form.
    #[prop(optional)]
    lead: Option<&'static str>,
    /// The email, if the user has typed it into another form.
    #[prop(optional)]
    email: String,
    /// More fields, below the password.
    #[prop(optional, into)]
    fields: ViewFn,
    /// The link that leaves the form.
    children: Children,
) -> impl IntoView {
    let session = use_session();
    let busy = RwSignal::new(false);
    let (given, input, password) = (StoredValue::new(email), NodeRef::<html::Input>::new(), NewPassword::load());
    let keep = NodeRef::<html::Input>::new();
    let (scope, register) = (PageScope::current(), StoredValue::new(register));
    let heading = text_of!(D, "Create your account");
    open_form(error, move || heading);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            input.set_value(&given.get_value());
        }
    });
    let send = move || {
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        progress.keep.set_value(kept(keep));
        let session = progress.session(session);
        let account = NewAccount { email: typed::email(input), password: password.take() };
        let registration = register.get_value()(account.clone());
        scope.finish(session, async move {
            let after_sign_in = match registration.await {
                Ok(after_sign_in) => after_sign_in,
                Err(why) => {
                    return Box::new(move |visited| {
                        if visited == Page::Open {
                            busy.set(false);
                            show_error(error, why);
                        }
                    }) as ApplyToPage;
                }
            };
            let answer = match session.sign_in(&account.email, &account.password).await {
                // The email already had an account, which the page must not reveal.
                Err(LoginFailure::InvalidCredentials) => Err(LoginFailure::EmailNotVerified),
                answer => answer,
            };
            after_sign_in();
            Box::new(move |visited| {
                if visited == Page::Open && answer.is_err() {
                    progress.username.set_value(account.email);
                    made.run(());
                    progress.answered(answer);
                }
            })
        });
    };
    view! {
        <section class=D::CLASSES.section>
            <Heading text=heading/>
            {lead.map(|text| view! { <p class=D::CLASSES.lead>{text}</p> })}
            <form id="register" method="post" novalidate="" on:submit=submit(send)>
                <ErrorSummary error retry=send/>
                <TextInput field=TextField::EMAIL error input/>
                <NewPasswordInput password field=TextField::PASSWORD_OF_NEW_ACCOUNT error/>
                {fields.run()}
                <KeepSignedInBox design=D::default() input=keep/>
                <SubmitButton
                    design=D::default()
                    busy
                    text=text_of!(D, "Create account")
                    busy_text=text_of!(D, "Creating your account…")
                />
                {children()}
            </form>
        </section>
    }
}
