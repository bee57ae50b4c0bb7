//! Verification of an email and of a registration: a sign-in that requires it, and `/verify-email/{id}` and `/verify-registration/{id}`, the
//! pages that emailed links open.

use super::{
    api,
    forgot_password::{LinkToSignIn, provide_form_title},
    link_id,
    progress::SignInProgress,
};
use crate::{
    core::{Route, use_app_context},
    ui::{form::TextField, read_until_cleanup},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, Verified, use_session};
use leptos_fusionauth_forms::{SendVerification, SignInVerification, VerificationPage};
use storefront_messages::{Storefront, t};

/// The page of a sign-in that requires a verification, as a plain function, which a separately loaded part of the app exports.
pub(super) fn in_sign_in(progress: SignInProgress, what: Verified) -> AnyView {
    view! { <SignInVerification progress what send_message=Some(SEND_MESSAGE)/> }.into_any()
}

/// The page of an emailed link as a plain function, which a separately loaded part of the app exports. The current route decides whether
/// the page verifies an email or a registration.
pub fn link_page() -> AnyView {
    provide_form_title();
    let context = use_app_context();
    let route = context.current_route();
    let what = if route == Route::VerifyRegistration { Verified::Registration } else { Verified::Email };
    let (session, start) = (use_session().state(), Route::after_sign_in(context.app));
    let next = move || {
        let (route, text) = match read_until_cleanup(session) {
            SessionState::SignedIn { .. } => (start, t!("Continue")),
            _ => (Route::Login, t!("Sign in")),
        };
        view! { <a class="button primary wide" href=route.href()>{text}</a> }
    };
    view! {
        <div class="narrow">
            <VerificationPage
                design=Storefront
                what
                id=link_id::take(route)
                send_message=Some(SEND_MESSAGE)
                back=|| view! { <LinkToSignIn/> }
                next
            />
        </div>
    }
    .into_any()
}

const SEND_MESSAGE: SendVerification = |what, email| {
    Box::pin(async move {
        let sent = api::send_verification(what, &email).await;
        sent.map(|it| it.verification_id).map_err(|why| why.in_form(&[TextField::USERNAME]))
    })
};
