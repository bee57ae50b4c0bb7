//! Making an account: the Store's `/register`. The backend asks FusionAuth, because that needs an API key.

use super::{
    api::{self, RegisterError},
    leave_when_signed_in,
};
use crate::{
    core::{app_context::use_app_context, route::Route},
    data::client::ApiError,
    ui::{
        document::{self, use_title},
        erased_view::{disabled, effect},
        form::{self, Field, FieldError, FormError, FormErrorSignal, TextField},
        page_scope::PageScope,
    },
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::{SignInOutcome, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};

const EMAIL: TextField = TextField {
    field: Field { id: "email", error_id: "email-error" },
    label: "Email",
    name: "email",
    kind: "text",
    inputmode: Some("email"),
    autocomplete: "username",
    class: None,
};

const PASSWORD: TextField = TextField {
    field: Field { id: "new-password", error_id: "new-password-error" },
    label: "Password",
    name: "password",
    kind: "password",
    inputmode: None,
    autocomplete: "new-password",
    class: None,
};

/// The page. Whoever is signed in, before or by registering, is sent on.
pub fn page() -> AnyView {
    let (session, context, title) = (use_session(), use_app_context(), use_title());
    let navigate = use_navigate();
    leave_when_signed_in(Route::after_sign_in(context.app).href().to_owned());
    let error: FormErrorSignal = RwSignal::new(None);
    let busy = RwSignal::new(false);
    let (email, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let scope = PageScope::current();
    effect(move || title.error(error.with(Option::is_some)));

    let navigate = StoredValue::new_local(navigate);
    let send = move || {
        let (Some(email), Some(password)) = (email.get_untracked(), password.get_untracked()) else { return };
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        let (email, password) = (email.value().trim().to_owned(), password.value());
        scope.spawn(async move {
            if let Err(why) = api::register(&email, &password).await {
                _ = busy.try_set(false);
                return form::show_error(error, message(why));
            }
            context.announce("Your account is made.");
            // Whoever has to do something else first, such as to confirm the address, reads so on the sign-in form.
            if session.sign_in(&email, &password).await != SignInOutcome::SignedIn {
                _ = navigate.try_with_value(|navigate| navigate(Route::Login.href(), NavigateOptions::default()));
            }
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let busy = move || busy.get();
    view! {
        <div class="narrow">
            <section class="auth">
                {document::heading(Route::Register.title())}
                <p class="lead">"One account for the Store and the Forums."</p>
                <form id="register" method="post" novalidate="" on:submit=submit>
                    {form::summary(error, send)}
                    {form::text_field(EMAIL, error, email)}
                    {form::text_field(PASSWORD, error, password)}
                    <button type="submit" class="primary wide" aria-disabled=disabled(busy)>
                        {move || if busy() { "Creating your account…" } else { "Create account" }}
                    </button>
                    <p class="hidden" role="status">{move || if busy() { "Creating your account…" } else { "" }}</p>
                    <a class="button quiet wide" href=Route::Login.href()>"I have an account"</a>
                </form>
            </section>
        </div>
    }
    .into_any()
}

fn message(error: RegisterError) -> FormError {
    match error {
        RegisterError::Fields(errors) => FormError::Fields(errors.into_iter().map(field_error).collect()),
        RegisterError::Other(error @ ApiError::NoAnswer(_)) => FormError::Retryable(error.to_string(), ""),
        RegisterError::Other(error) => FormError::Form(error.to_string(), ""),
    }
}

fn field_error(error: storefront_api::FieldError) -> FieldError {
    let text_field = [EMAIL, PASSWORD].into_iter().find(|it| it.name == error.field).unwrap_or(EMAIL);
    FieldError { field: text_field.field, message: error.message }
}
