//! The forms and pages of a sign-in after the first form, and the pages that mailed links lead to. They are a part of the
//! program of their own, because most people never see them.

use super::{Attempt, blocked, change_password, code, join, step::Step, verification};
use crate::{
    core::{Route, use_app_context},
    ui::use_title,
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
        Step::Verification(what) => verification::stage(attempt, what),
        Step::Prevented => blocked::prevented(attempt, title),
        Step::Closed(error) => blocked::closed(attempt, title, &error),
        Step::Blocked(blocked) => blocked::page(attempt, blocked),
    }
}

/// The page that a mailed link leads to.
pub fn link_page() -> AnyView {
    match use_app_context().current_route() {
        Route::ChangePassword => change_password::page(),
        Route::VerifyRegistration => verification::link_page(Verified::Registration),
        _ => verification::link_page(Verified::Email),
    }
}
