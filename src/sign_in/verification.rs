//! The pages that emailed links open: `/verify-email/{id}` and `/verify-registration/{id}` verify an email and a registration, and
//! `/verify-email#sign-in=…` signs in. Also a sign-in that requires a verification.

use super::{
    flow::SignInFlow,
    forgot_password::{LinkToSignIn, provide_form_title},
    link_id,
    progress::SignInProgress,
    redirect::{leave_when_signed_in, target_of_sign_in},
};
use crate::data::call_with;
use crate::{
    core::{Route, use_app_context},
    ui::{form::TextField, format::date_time, read_until_cleanup},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, Verified, use_session};
use leptos_fusionauth_forms::{SendVerification, SignInLink, SignInVerification, Stage, VerificationLink, VerificationPage};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use storefront_api::{MailedLinkId, NotMe, endpoints};
use storefront_messages::{Storefront, registered_on, t};

/// The page of a sign-in that requires a verification, as a plain function, which a separately loaded part of the app exports.
pub(super) fn in_sign_in(progress: SignInProgress, what: Verified) -> AnyView {
    view! { <SignInVerification progress what send_message=Some(SEND_MESSAGE)/> }.into_any()
}

/// The page of an emailed link. The URL's fragment and the current route decide whether the page signs in, or verifies an email or a
/// registration.
pub fn link_page() -> AnyView {
    if let Some(link) = link_id::take_codes() {
        return sign_in_link_page(link);
    }
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
                link=(what == Verified::Email).then_some(LINK)
                back=|| view! { <LinkToSignIn/> }
                next
            />
        </div>
    }
    .into_any()
}

/// The page of a link that signs in. It is here and not at `/login`, because visitors of `/login` see the password form before the app has
/// started, and because every visitor would download its code.
fn sign_in_link_page(link: SignInLink) -> AnyView {
    provide_context(link); // for `LaterStep`, which is in another part
    let (progress, navigate) = (SignInProgress::new(), use_navigate());
    progress.stage.set(Stage::Passwordless);
    leave_when_signed_in(target_of_sign_in(use_app_context().app));
    Effect::new(move |_| {
        // "Back to sign in" leads to the whole sign-in page. An error stays on this page.
        if progress.stage.get() == Stage::Password && progress.error.read_untracked().is_none() {
            navigate(Route::Login.href(), NavigateOptions { replace: true, ..Default::default() });
        }
    });
    view! { <div class="narrow"><SignInFlow progress/></div> }.into_any()
}

const LINK: VerificationLink = VerificationLink {
    open: |id| {
        Box::pin(async move {
            let opened = call_with(endpoints::OPEN_MAILED_LINK, &[], &MailedLinkId::VerificationId(id))
                .send(None)
                .await
                .map_err(|why| why.in_form(&[]))?;
            Ok(opened.email.zip(opened.registered_at).map(|(email, at)| registered_on(&email, &date_time(&at))))
        })
    },
    not_me: |id| {
        Box::pin(async move {
            call_with(endpoints::NOT_ME, &[], &NotMe { verification_id: id }).send(None).await.map(drop).map_err(|why| why.in_form(&[]))
        })
    },
};

const SEND_MESSAGE: SendVerification = |what, email| {
    Box::pin(async move {
        let endpoint = match what {
            Verified::Email => endpoints::SEND_EMAIL_VERIFICATION,
            Verified::Registration => endpoints::SEND_REGISTRATION_VERIFICATION,
        };
        let sent = call_with(endpoint, &[], &storefront_api::SendVerification { email }).send(None).await;
        sent.map(|it| it.verification_id).map_err(|why| why.in_form(&[TextField::USERNAME]))
    })
};
