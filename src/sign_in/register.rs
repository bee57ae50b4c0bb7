//! Making an account: the Store's `/register`. The backend asks FusionAuth, because that needs an API key.

use super::{
    api::{self, RegisterError},
    leave_when_signed_in,
};
use crate::{
    core::{app_context::use_app_context, route::Route},
    data::{client::ApiError, mutation::new_key},
    ui::{
        document::{self, use_title},
        erased_signal::ErasedSignal,
        erased_view::{disabled, effect},
        form::{self, Field, FieldError, FormError, FormErrorSignal, TextField},
    },
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::{SignInOutcome, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use storefront_api::Register;

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

const DISPLAY_NAME: TextField = TextField {
    field: Field { id: "display-name", error_id: "display-name-error" },
    label: "Display name (optional)",
    name: "displayName",
    kind: "text",
    inputmode: None,
    autocomplete: "nickname",
    class: None,
};

/// The page. Whoever is signed in, before or by registering, is sent on.
pub fn page() -> AnyView {
    let (session, context, title) = (use_session(), use_app_context(), use_title());
    let navigate = use_navigate();
    leave_when_signed_in(Route::after_sign_in(context.app).href().to_owned());
    let error: FormErrorSignal = ErasedSignal::new(None);
    let busy = ErasedSignal::new(false);
    let (email, password, display_name) = (NodeRef::new(), NodeRef::new(), NodeRef::new());
    let last = StoredValue::new(None::<(String, String)>);
    effect(move || title.error(error.with(Option::is_some)));

    let navigate = StoredValue::new_local(navigate);
    let send = move || {
        let value = |input: NodeRef<html::Input>| input.get_untracked().map(|input| input.value()).unwrap_or_default();
        if busy.get_untracked() {
            return;
        }
        error.set(None);
        busy.set(true);
        let name = value(display_name).trim().to_owned();
        let wanted = Register {
            email: value(email).trim().to_owned(),
            password: value(password),
            first_name: None,
            last_name: None,
            display_name: (!name.is_empty()).then_some(name),
        };
        // A repeat of the same has the same key: the request before may have got through.
        let text = [&*wanted.email, &wanted.password, wanted.display_name.as_deref().unwrap_or_default()].join("\n");
        let key = last.with_value(|last| last.as_ref().filter(|(before, _)| *before == text).map(|(_, key)| key.clone()));
        let key = key.unwrap_or_else(new_key);
        last.set_value(Some((text, key.clone())));
        // Not scoped to the page: a registration that has begun ends in a sign-in, also when the page was left.
        leptos::task::spawn_local(async move {
            if let Err(why) = api::register(&wanted, key).await {
                _ = busy.try_set(false);
                return form::show_error(error, message(why));
            }
            context.announce("Your account is made.");
            // Whoever has to do something else first, such as to confirm the address, reads so on the sign-in form.
            if session.sign_in(&wanted.email, &wanted.password).await != SignInOutcome::SignedIn {
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
                    {form::text_field(DISPLAY_NAME, error, display_name)}
                    <p class="quiet-text">"Others see it beside your posts. You can change it on the account page."</p>
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
    let text_field = [EMAIL, PASSWORD, DISPLAY_NAME].into_iter().find(|it| it.name == error.field).unwrap_or(EMAIL);
    FieldError { field: text_field.field, message: error.message }
}
