//! The form for the second factor's code: one of an authenticator app, or a recovery code.

use super::{
    Attempt,
    outcome::{self, Challenge, SignInError, SignInField, Stage},
};
use crate::ui::{
    PageScope, click, document,
    form::{self, TextField},
};
use leptos::{html, prelude::*};
use leptos_fusionauth::use_session;
use storefront_messages::CodeSource;

/// The form. A wrong code may be tried again; an expired challenge leads back to the password.
pub(super) fn form(attempt: Attempt, challenge: Challenge) -> AnyView {
    let session = use_session();
    let code = NodeRef::<html::Input>::new();
    let scope = PageScope::current();
    let hint = hint(&challenge);
    let two_factor_id = StoredValue::new(challenge.two_factor_id);

    let send = move || {
        let Some(input) = code.get_untracked() else { return };
        // Apps show `123 456`; the space is not part of the code.
        let value: String = input.value().split_whitespace().collect();
        let empty = if value.is_empty() { vec![SignInField::Code] } else { vec![] };
        if attempt.refuse_empty(empty) || !attempt.begin() {
            return;
        }
        scope.spawn(async move {
            let error = attempt.answered(session.complete_two_factor(&two_factor_id.get_value(), &value).await);
            if error == Some(SignInError::InvalidCode) {
                input.set_value("");
            }
        });
    };
    // Not `inputmode="numeric"`: recovery codes have letters, which a numeric keyboard lacks.
    let field = TextField { class: Some("code"), ..TextField::new(outcome::field(SignInField::Code), "Code", "code", "one-time-code") };

    view! {
        <section class="auth">
            {document::heading("Enter your code")}
            <p class="lead">{hint}</p>
            <form id="second-factor" method="post" novalidate="" on:submit=form::submit(send)>
                {form::summary(attempt.error, send)}
                {form::text_field(field, attempt.error, code)}
                {form::submit_button(attempt.busy, "Check code", "Checking…")}
                <button type="button" class="quiet wide" on:click=click(move || attempt.go(Stage::Password, None))>"Back to sign in"</button>
            </form>
        </section>
    }
    .into_any()
}

/// Where to find the code.
fn hint(challenge: &Challenge) -> &'static str {
    let has_app = challenge.methods.is_empty() || challenge.methods.iter().any(|method| method.method == "authenticator");
    if has_app { CodeSource::Authenticator.hint() } else { CodeSource::Message.hint() }
}
