//! E-mail and password. The markup equals the static form of `index.html`: a test holds them together.

use super::{
    Attempt,
    flow::{Input, Refusal, missing},
    reason,
    summary::{beside, described, invalid, summary},
};
use crate::{
    erased::{Place, click, disabled, effect},
    memory::use_memory,
    page,
    takeover::{PASSWORD, USERNAME},
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::use_session;

/// The form. Its inputs are uncontrolled and read at submit: password managers fill them without an event.
pub(super) fn form(attempt: Attempt) -> AnyView {
    let session = use_session();
    let memory = use_memory();
    let form = NodeRef::<html::Form>::new();
    let (username, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let reveal = RwSignal::new(Reveal::Untouched);
    let place = Place::here();

    effect(move || {
        let (Some(form), Some(input)) = (form.get(), username.get()) else { return };
        match memory.take_typed() {
            Some(typed) => typed.put_into(&form),
            None => input.set_value(&attempt.username.get_value()),
        }
    });
    // A page out of the back/forward cache shows no password.
    let shown_again = window_event_listener(ev::pageshow, move |event| {
        if event.persisted() {
            reveal.set(Reveal::Untouched);
        }
    });
    on_cleanup(move || shown_again.remove());

    let send = move || {
        let (Some(username), Some(password)) = (username.get_untracked(), password.get_untracked()) else { return };
        let (name, secret) = (username.value(), password.value());
        reveal.set(Reveal::Untouched);
        let missing = missing(&name, &secret);
        if !missing.is_empty() {
            return attempt.refuse(Refusal::Missing(missing));
        }
        if !attempt.begin() {
            return;
        }
        let name = name.trim().to_owned();
        attempt.username.set_value(name.clone());
        place.spawn(async move {
            attempt.answered(session.sign_in(&name, &secret).await);
            if attempt.refusal.try_with_untracked(|refusal| refusal.as_ref().is_some_and(|refusal| !refusal.is_retryable())) == Some(true) {
                password.set_value("");
            }
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let busy = move || attempt.busy.get();
    let toggle = move || reveal.update(|reveal| *reveal = if *reveal == Reveal::Shown { Reveal::Hidden } else { Reveal::Shown });
    let is_shown = move || reveal.get() == Reveal::Shown;

    view! {
        <section class="auth">
            {page::heading("Sign in")}
            <p class="lead">"One account for the Store and the Forums."</p>
            {reason()}
            <form id="login" method="post" novalidate="" node_ref=form on:submit=submit>
                {summary(attempt, send)}
                <div class="field">
                    <label for=USERNAME>"Email"</label>
                    {beside(attempt, Input::Username)}
                    <input
                        id=USERNAME
                        name="username"
                        type="text"
                        inputmode="email"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-required="true"
                        aria-invalid=invalid(attempt, Input::Username)
                        aria-describedby=described(attempt, Input::Username)
                        node_ref=username
                    />
                </div>
                <div class="field">
                    <label for=PASSWORD>"Password"</label>
                    {beside(attempt, Input::Password)}
                    <div class="joined">
                        <input
                            id=PASSWORD
                            name="password"
                            type=move || if is_shown() { "text" } else { "password" }
                            autocomplete="current-password"
                            autocapitalize="none"
                            spellcheck="false"
                            aria-required="true"
                            aria-invalid=invalid(attempt, Input::Password)
                            aria-describedby=described(attempt, Input::Password)
                            node_ref=password
                        />
                        <p class="hidden" role="status">{move || reveal.get().spoken()}</p>
                        <button
                            type="button"
                            class="reveal"
                            aria-controls=PASSWORD
                            aria-label=move || if is_shown() { "Hide password" } else { "Show password" }
                            on:click=click(toggle)
                        >
                            {move || if is_shown() { "Hide" } else { "Show" }}
                        </button>
                    </div>
                </div>
                <button type="submit" class="primary wide" aria-disabled=disabled(busy)>
                    {move || if busy() { "Signing in…" } else { "Sign in" }}
                </button>
                <p class="hidden" role="status">{move || if busy() { "Signing in…" } else { "" }}</p>
            </form>
        </section>
    }
    .into_any()
}

/// Whether the password can be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reveal {
    /// It can't, and nobody has asked for it: nothing is said.
    Untouched,
    /// It can.
    Shown,
    /// It can't any more.
    Hidden,
}

impl Reveal {
    fn spoken(self) -> &'static str {
        match self {
            Self::Untouched => "",
            Self::Shown => "Your password is visible.",
            Self::Hidden => "Your password is hidden.",
        }
    }
}
