//! `/forgot-password`: the page for a forgotten password.

use super::{after_reset, redirect::query, typed_email::use_typed_email};
use crate::{
    core::{Route, use_app_context},
    ui::use_title,
};
use leptos::prelude::*;
use leptos_fusionauth_forms::{ForgotPasswordForm, FormTitle};
use storefront_messages::{Storefront, t};

#[component]
pub(super) fn ForgotPasswordPage() -> impl IntoView {
    provide_form_title();
    after_reset::remember(&query());
    let email = use_typed_email().get();
    view! { <div class="narrow"><ForgotPasswordForm design=Storefront site=site() email><LinkToSignIn/></ForgotPasswordForm></div> }
}

/// The link back to the sign-in page. Forms within the sign-in page use the button `BackToSignIn` instead.
#[component]
pub(super) fn LinkToSignIn() -> impl IntoView {
    view! { <a class="button quiet wide" href=Route::Login.href().to_owned() + &query()>{t!("Back to sign in")}</a> }
}

/// The key with which the template of a reset email looks up the URL of this site.
pub(super) fn site() -> Option<&'static str> {
    Some(use_app_context().workflow.slug())
}

/// Makes the forms below the caller set the title of the document.
pub(super) fn provide_form_title() {
    provide_context(FormTitle(|text, has_error| {
        let title = use_title();
        title.name(text);
        title.error(has_error);
    }));
}
