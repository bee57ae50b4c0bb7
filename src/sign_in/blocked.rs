//! The pages for accounts that cannot sign in now: for a while (409), until a person helps (410, 423), or until something is done for which
//! FusionAuth gave no id.

use super::{
    Attempt,
    forgot_password::{self, Request},
    outcome::{SignInError, Stage},
};
use crate::{
    core::use_app_context,
    ui::{click, components, document, form::FormError},
};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use storefront_messages::{Blocked, Message, contact, prevented as how_long, t};

/// The page for an account that is held for a while. A new password may end that at once.
pub(super) fn prevented(attempt: Attempt, heading: &'static str) -> AnyView {
    let until = use_session().next_step().prevented_until();
    // Rounded up, so that nobody comes back too early.
    let minutes = until.map(|it| (it - js_sys::Date::now() as i64).max(0).div_euclid(60_000) + 1);
    let Message { what, next } = SignInError::Prevented.message();
    let error = FormError::Form(what.to_owned(), next);
    let lead = how_long(minutes);
    let address = attempt.username.get_value();
    forgot_password::form(Request { error: Some(error), heading, lead, address }, Box::new(move || back(attempt)))
}

/// The page for an account that only a person can open again.
pub(super) fn closed(attempt: Attempt, heading: &'static str, error: &SignInError) -> AnyView {
    let Message { what, next } = error.message();
    let contact = use_app_context().config.contact.as_deref().map(|it| view! { <p>{contact(it)}</p> }.into_any());
    let username = attempt.username.get_value();
    view! {
        <section class="auth">
            {document::heading(heading)}
            <div role="alert">
                <p class="lead">{what}</p>
                <p>{next}</p>
                {contact}
            </div>
            <p class="quiet-text">{components::named(t!("You tried to sign in as {}."), username)}</p>
            {back(attempt)}
        </section>
    }
    .into_any()
}

/// The page for what has to be done elsewhere.
pub(super) fn page(attempt: Attempt, blocked: Blocked) -> AnyView {
    let Message { what, next } = blocked.message();
    view! {
        <section class="auth">
            {document::heading(blocked.heading())}
            <div role="alert">
                <p class="lead">{what}</p>
                <p>{next}</p>
            </div>
            {back(attempt)}
        </section>
    }
    .into_any()
}

/// The button that leads back to the first form.
pub(super) fn back(attempt: Attempt) -> AnyView {
    back_with(attempt, t!("Back to sign in"))
}

/// As [`back`], with another text.
pub(super) fn back_with(attempt: Attempt, text: &'static str) -> AnyView {
    let back = move || attempt.go(Stage::Password, None);
    view! { <button type="button" class="quiet wide" on:click=click(back)>{text}</button> }.into_any()
}
