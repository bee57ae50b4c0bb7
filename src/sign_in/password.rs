//! The form for e-mail and password. Its markup equals the static form of `index.html`; a test compares them.

use super::{
    Attempt, end_cause,
    outcome::{SignInField, empty_fields, field},
    static_form::use_static_form,
};
use crate::ui::{
    ErasedSignal, PageScope, click, document, effect,
    form::{self, TextField},
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::use_session;

const USERNAME: TextField =
    TextField { inputmode: Some("email"), ..TextField::new(field(SignInField::Username), "Email", "username", "username") };

/// The form. Its inputs are uncontrolled and read at submit: password managers fill them without an event.
pub(super) fn form(attempt: Attempt) -> AnyView {
    let session = use_session();
    let static_form = use_static_form();
    let form = NodeRef::<html::Form>::new();
    let (username, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let visibility = ErasedSignal::new(Visibility::Untouched);
    let scope = PageScope::current();

    effect(move || {
        let (Some(form), Some(input)) = (form.get(), username.get()) else { return };
        match static_form.take() {
            Some(state) => state.put_into(&form),
            None => input.set_value(&attempt.username.get_value()),
        }
    });
    // A page that comes back from the back/forward cache shows no password.
    let restored = window_event_listener(ev::pageshow, move |event| {
        if event.persisted() {
            visibility.set(Visibility::Untouched);
        }
    });
    on_cleanup(move || restored.remove());

    let send = move || {
        let (Some(username), Some(password)) = (username.get_untracked(), password.get_untracked()) else { return };
        let (name, secret) = (username.value(), password.value());
        visibility.set(Visibility::Untouched);
        if attempt.refuse_empty(empty_fields(&name, &secret)) || !attempt.begin() {
            return;
        }
        let name = name.trim().to_owned();
        attempt.username.set_value(name.clone());
        scope.spawn(async move {
            let error = attempt.answered(session.sign_in(&name, &secret).await);
            if error.is_some_and(|error| !error.is_retryable()) {
                password.set_value("");
            }
        });
    };
    let is_visible = move || visibility.get() == Visibility::Visible;
    let toggle =
        move || visibility.set(if visibility.get_untracked() == Visibility::Visible { Visibility::Hidden } else { Visibility::Visible });
    let field = field(SignInField::Password);

    view! {
        <section class="auth">
            {document::heading("Sign in")}
            <p class="lead">"One account for the Store and the Forums."</p>
            {end_cause()}
            <form id="login" method="post" novalidate="" node_ref=form on:submit=form::submit(send)>
                {form::summary(attempt.error, send)}
                {form::text_field(USERNAME, attempt.error, username)}
                <div class="field">
                    <label for=field.id>"Password"</label>
                    {form::field_error(attempt.error, field)}
                    <div class="joined">
                        <input
                            id=field.id
                            name="password"
                            type=move || if is_visible() { "text" } else { "password" }
                            autocomplete="current-password"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-required="true"
                            aria-invalid=form::invalid(attempt.error, field)
                            aria-describedby=form::described_by(attempt.error, field)
                            node_ref=password
                        />
                        <p class="hidden" role="status">{move || visibility.get().announcement()}</p>
                        <button
                            type="button"
                            class="reveal"
                            aria-controls=field.id
                            aria-label=move || if is_visible() { "Hide password" } else { "Show password" }
                            on:click=click(toggle)
                        >
                            {move || if is_visible() { "Hide" } else { "Show" }}
                        </button>
                    </div>
                </div>
                {form::submit_button(attempt.busy, "Sign in", "Signing in…")}
            </form>
        </section>
    }
    .into_any()
}

/// Whether the password can be read on the screen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visibility {
    /// It cannot be read. The button was not used, so there is no change to announce.
    Untouched,
    /// It can be read.
    Visible,
    /// The password is hidden after it was visible, which must be announced.
    Hidden,
}

impl Visibility {
    fn announcement(self) -> &'static str {
        match self {
            Self::Untouched => "",
            Self::Visible => "Your password is visible.",
            Self::Hidden => "Your password is hidden.",
        }
    }
}
