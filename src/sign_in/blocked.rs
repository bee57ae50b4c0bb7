//! The pages for accounts that cannot sign in: for a limited time (FusionAuth's status 409), until the team unlocks the account (410 and
//! 423), or until the user completes a step for which FusionAuth returned no id.

use super::{forgot_password::site, progress::SignInProgress};
use crate::{
    core::use_app_context,
    ui::{
        components::{Heading, Named},
        form::FormError,
    },
};
use leptos::prelude::*;
use leptos_fusionauth::use_session;
use leptos_fusionauth_forms::{BackToSignIn, ForgotPasswordForm};
use storefront_messages::{Blocked, Message, SignInError, Storefront, contact, prevented as how_long, t};

/// The page for an account that is temporarily blocked. A new password may end the block at once.
#[component]
pub(super) fn PreventedSignIn(progress: SignInProgress, heading: &'static str) -> impl IntoView {
    let until = use_session().next_step().prevented_until();
    // Round up, so that nobody tries again too early.
    let minutes = until.map(|it| (it - js_sys::Date::now() as i64).max(0).div_euclid(60_000) + 1);
    let Message { what, next } = SignInError::Prevented.message::<Storefront>();
    let error = FormError::Form(what.to_owned(), next);
    let (lead, email) = (how_long(minutes), progress.username.get_value());
    view! { <ForgotPasswordForm design=Storefront site=site() error heading lead email><BackToSignIn progress/></ForgotPasswordForm> }
}

/// The page for an account that only the team can unlock.
#[component]
pub(super) fn ClosedAccount(progress: SignInProgress, heading: &'static str, error: SignInError) -> impl IntoView {
    let Message { what, next } = error.message::<Storefront>();
    let contact = use_app_context().config.contact.as_deref().map(|it| view! { <p>{contact(it)}</p> });
    view! {
        <section class="auth">
            <Heading text=heading/>
            <div role="alert">
                <p class="lead">{what}</p>
                <p>{next}</p>
                {contact}
            </div>
            <p class="quiet-text"><Named text=t!("You tried to sign in as {}.") name=progress.username.get_value()/></p>
            <BackToSignIn progress/>
        </section>
    }
}

/// The page for a step that the user completes outside the sign-in form, for example by opening a link in an email.
#[component]
pub(super) fn BlockedSignIn(progress: SignInProgress, blocked: Blocked) -> impl IntoView {
    let Message { what, next } = blocked.message::<Storefront>();
    view! {
        <section class="auth">
            <Heading text={blocked.heading::<Storefront>()}/>
            <div role="alert">
                <p class="lead">{what}</p>
                <p>{next}</p>
            </div>
            <BackToSignIn progress/>
        </section>
    }
}
