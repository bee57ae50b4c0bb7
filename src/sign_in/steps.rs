//! The forms and pages of a sign-in after the first form. They are in a separately loaded part of the app, because most users never see
//! them. Verification is in another part, because links in emails open it, too.

use super::{
    blocked::{BlockedSignIn, ClosedAccount, PreventedSignIn},
    change_password,
    forgot_password::provide_form_title,
    join::JoinForm,
    progress::SignInProgress,
    step::{ChangePasswordId, Step},
    verification::SignInVerification,
};
use crate::{
    core::Part,
    data::use_mutations,
    ui::{
        part::{Lazy, Placeholder},
        use_title,
    },
};
use fusionauth_api::verification::Verified;
use leptos::prelude::*;
use leptos_fusionauth::LoginFailure;
use leptos_fusionauth_forms::{OnPasswordChanged, RequiredPasswordForm, SignInCodeForm};
use std::sync::Arc;

/// The form or page that follows a refusal.
#[component]
pub(super) fn AfterRefusal(progress: SignInProgress, refusal: LoginFailure) -> impl IntoView {
    let step = Step::of(refusal);
    let title = step.title();
    use_title().name(title);
    provide_form_title();
    let mutations = use_mutations();
    match step {
        Step::Code(id) => view! { <SignInCodeForm progress id/> }.into_any(),
        Step::NewPassword(ChangePasswordId(id), reason) => {
            let changed: OnPasswordChanged = Arc::new(move |result, _| change_password::notify(mutations, result));
            view! { <RequiredPasswordForm progress id reason changed=Some(changed)/> }.into_any()
        }
        Step::Join => view! { <JoinForm progress/> }.into_any(),
        Step::Verification(what) => {
            let placeholder = Placeholder { class: "auth", heading: title, shapes: ("card", 1) };
            view! { <Lazy part=Part::Verification placeholder>{verification(progress, what)}</Lazy> }.into_any()
        }
        Step::Prevented => view! { <PreventedSignIn progress heading=title/> }.into_any(),
        Step::Closed(error) => view! { <ClosedAccount progress heading=title error/> }.into_any(),
        Step::Blocked(blocked) => view! { <BlockedSignIn progress blocked/> }.into_any(),
    }
}

wasm_part::part_function! {
    "verification", fn verification(progress: SignInProgress, what: Verified) -> AnyView {
        view! { <SignInVerification progress what/> }.into_any()
    }
}
