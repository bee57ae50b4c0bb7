//! The second factor's code.

use super::{
    Attempt,
    flow::{CODE, Challenge, Input, Refusal, Stage},
    summary::{beside, described, invalid, summary},
};
use crate::{
    erased::{Place, click, disabled},
    page,
};
use leptos::{ev, html, prelude::*};
use leptos_fusionauth::use_session;

/// The form. A wrong code may be tried again; an expired challenge leads back to the password.
pub(super) fn form(attempt: Attempt, challenge: Challenge) -> AnyView {
    let session = use_session();
    let code = NodeRef::<html::Input>::new();
    let place = Place::here();
    let hint = hint(&challenge);
    let two_factor_id = StoredValue::new(challenge.two_factor_id);

    let send = move || {
        let Some(input) = code.get_untracked() else { return };
        // Apps show `123 456`; the space is not part of the code.
        let value: String = input.value().split_whitespace().collect();
        if value.is_empty() {
            return attempt.refuse(Refusal::Missing(vec![Input::Code]));
        }
        if !attempt.begin() {
            return;
        }
        place.spawn(async move {
            attempt.answered(session.complete_two_factor(&two_factor_id.get_value(), &value).await);
            if attempt.refusal.try_with_untracked(|refusal| matches!(refusal, Some(Refusal::InvalidCode))) == Some(true) {
                input.set_value("");
            }
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let busy = move || attempt.busy.get();

    view! {
        <section class="auth">
            {page::heading("Enter your code")}
            <p class="lead">{hint}</p>
            <form id="second-factor" method="post" novalidate="" on:submit=submit>
                {summary(attempt, send)}
                <div class="field">
                    <label for=CODE>"Code"</label>
                    {beside(attempt, Input::Code)}
                    <input
                        id=CODE
                        name="code"
                        class="code"
                        type="text"
                        inputmode="numeric"
                        autocomplete="one-time-code"
                        autocapitalize="none"
                        spellcheck="false"
                        aria-required="true"
                        aria-invalid=invalid(attempt, Input::Code)
                        aria-describedby=described(attempt, Input::Code)
                        node_ref=code
                    />
                </div>
                <button type="submit" class="primary wide" aria-disabled=disabled(busy)>
                    {move || if busy() { "Checking…" } else { "Check code" }}
                </button>
                <p class="hidden" role="status">{move || if busy() { "Checking…" } else { "" }}</p>
                <button type="button" class="quiet wide" on:click=click(move || attempt.go(Stage::Password, None))>"Back to sign in"</button>
            </form>
        </section>
    }
    .into_any()
}

/// Where to find the code. Codes by message are not sent from here yet, so nobody is told to wait for one.
fn hint(challenge: &Challenge) -> &'static str {
    if challenge.methods.is_empty() || challenge.methods.iter().any(|method| method.method == "authenticator") {
        "Open your authenticator app and enter the six digits it shows. A recovery code works as well."
    } else {
        "Your account gets its codes by message, which this page can't send yet. Enter one of your recovery codes."
    }
}
