//! The pages for accounts that cannot sign in: for a limited time (FusionAuth's status 409), until the site's team unlocks the account (410
//! and 423), or until the user completes a step for which FusionAuth returned no id.

use crate::{
    back::BackToSignIn,
    error::FormError,
    forgot_password::ForgotPasswordForm,
    heading::{Heading, Named},
    progress::SignInProgress,
};
use fusionauth_forms::{Blocked, Design, Message, SignInError, contact as contact_text, prevented, text_of};
use leptos::prelude::*;
use leptos_fusionauth::use_session;

/// The page for an account that is temporarily blocked. A new password may end the block at once.
#[component]
pub(crate) fn PreventedSignIn<D: Design>(progress: SignInProgress<D>, heading: &'static str, site: Option<&'static str>) -> impl IntoView {
    let until = use_session().next_step().prevented_until();
    // Round up, so that nobody tries again too early.
    let minutes = until.map(|it| (it - js_sys::Date::now() as i64).max(0).div_euclid(60_000) + 1);
    let Message { what, next } = SignInError::Prevented.message::<D>();
    let error = FormError::Form(what.to_owned(), next);
    let (lead, email) = (prevented::<D>(minutes), progress.username.get_value());
    view! { <ForgotPasswordForm design=D::default() site error heading lead email><BackToSignIn progress/></ForgotPasswordForm> }
}

/// The page for an account that only the site's team can unlock.
#[component]
pub(crate) fn ClosedAccount<D: Design>(
    progress: SignInProgress<D>,
    heading: &'static str,
    error: SignInError,
    contact: Option<&'static str>,
) -> impl IntoView {
    let Message { what, next } = error.message::<D>();
    let name = progress.username.get_value(); // empty after a mailed link that signs in
    view! {
        <section class=D::CLASSES.section>
            <Heading text=heading/>
            <div role="alert">
                <p class=D::CLASSES.lead>{what}</p>
                <p>{next}</p>
                {contact.map(|it| view! { <p>{contact_text::<D>(it)}</p> })}
            </div>
            {(!name.is_empty()).then(|| view! { <p class=D::CLASSES.note><Named text=text_of!(D, "You tried to sign in as {}.") name/></p> })}
            <BackToSignIn progress/>
        </section>
    }
}

/// The page for a step that the user completes outside the sign-in form, for example by opening a link in an email.
#[component]
pub(crate) fn BlockedSignIn<D: Design>(progress: SignInProgress<D>, blocked: Blocked) -> impl IntoView {
    let Message { what, next } = blocked.message::<D>();
    view! {
        <section class=D::CLASSES.section>
            <Heading text={blocked.heading::<D>()}/>
            <div role="alert">
                <p class=D::CLASSES.lead>{what}</p>
                <p>{next}</p>
            </div>
            <BackToSignIn progress/>
        </section>
    }
}
