//! The forms and pages of a sign-in after the first form: the second factor's code, and what has to be done before.

use super::{
    Attempt, change_password, code,
    outcome::{Blocked, Stage},
};
use crate::ui::{click, document, none, use_title};
use leptos::prelude::*;
use storefront_messages::Message;

/// The form or page for `stage`.
pub(super) fn view(attempt: Attempt, stage: Stage) -> AnyView {
    use_title().name(stage.title());
    match stage {
        Stage::Password => none(),
        Stage::Code(challenge) => code::form(attempt, challenge),
        Stage::NewPassword(id, reason) => change_password::required_form(attempt, id, reason),
        Stage::Blocked(blocked) => blocked_page(attempt, blocked),
    }
}

fn blocked_page(attempt: Attempt, blocked: Blocked) -> AnyView {
    let Message { what, next } = blocked.message();
    view! {
        <section class="auth">
            {document::heading(blocked.heading())}
            <div role="alert">
                <p class="lead">{what}</p>
                <p>{next}</p>
            </div>
            <button type="button" class="primary wide" on:click=click(move || attempt.go(Stage::Password, None))>"Back to sign in"</button>
        </section>
    }
    .into_any()
}
