//! The forms and pages of a sign-in after the first form. They are a part of the program of their own, because most people never see them;
//! verification is another part, to which mailed links lead as well.

use super::{Attempt, blocked, change_password, code, join, step::Step, verification};
use crate::{
    core::Part,
    ui::{
        part::{self, Placeholder},
        use_title,
    },
};
use fusionauth_api::verification::Verified;
use leptos::prelude::*;
use leptos_fusionauth::LoginFailure;

/// The form or page that follows `refusal`.
pub(super) fn view(attempt: Attempt, refusal: LoginFailure) -> AnyView {
    let step = Step::of(refusal);
    let title = step.title();
    use_title().name(title);
    match step {
        Step::Code(id) => code::sign_in_form(attempt, id),
        Step::NewPassword(id, reason) => change_password::required_form(attempt, id, reason),
        Step::Join => join::form(attempt),
        Step::Verification(what) => {
            part::view(Part::Verification, Placeholder { class: "auth", heading: title, shapes: ("card", 1) }, move || {
                verification(attempt, what)
            })
        }
        Step::Prevented => blocked::prevented(attempt, title),
        Step::Closed(error) => blocked::closed(attempt, title, &error),
        Step::Blocked(blocked) => blocked::page(attempt, blocked),
    }
}

wasm_part::part_function! {
    "verification", fn verification(attempt: Attempt, what: Verified) -> AnyView { verification::stage(attempt, what) }
}
