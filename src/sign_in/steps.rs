//! The forms and pages of a sign-in after the first form. They are in a separately loaded part of the app, because most users never see
//! them. Verification is in a part of its own, because mailed links open it, too.

use super::{
    Attempt,
    blocked::{BlockedSignIn, ClosedAccount, PreventedSignIn},
    change_password::RequiredPasswordForm,
    code::SignInCodeForm,
    join::JoinForm,
    step::{ChangePasswordId, Step},
    verification::SignInVerification,
};
use crate::{
    core::Part,
    ui::{
        part::{Lazy, Placeholder},
        use_title,
    },
};
use fusionauth_api::verification::Verified;
use leptos::prelude::*;
use leptos_fusionauth::LoginFailure;

/// The form or page that follows a refusal.
#[component]
pub(super) fn AfterRefusal(attempt: Attempt, refusal: LoginFailure) -> impl IntoView {
    let step = Step::of(refusal);
    let title = step.title();
    use_title().name(title);
    match step {
        Step::Code(id) => view! { <SignInCodeForm attempt id/> }.into_any(),
        Step::NewPassword(ChangePasswordId(id), reason) => view! { <RequiredPasswordForm attempt id reason/> }.into_any(),
        Step::Join => view! { <JoinForm attempt/> }.into_any(),
        Step::Verification(what) => {
            let placeholder = Placeholder { class: "auth", heading: title, shapes: ("card", 1) };
            view! { <Lazy part=Part::Verification placeholder>{verification(attempt, what)}</Lazy> }.into_any()
        }
        Step::Prevented => view! { <PreventedSignIn attempt heading=title/> }.into_any(),
        Step::Closed(error) => view! { <ClosedAccount attempt heading=title error/> }.into_any(),
        Step::Blocked(blocked) => view! { <BlockedSignIn attempt blocked/> }.into_any(),
    }
}

wasm_part::part_function! {
    "verification", fn verification(attempt: Attempt, what: Verified) -> AnyView {
        view! { <SignInVerification attempt what/> }.into_any()
    }
}
