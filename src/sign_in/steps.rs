//! The forms and pages of a sign-in after the first form, and those of a sign-in without a password. They are in a separately loaded part of
//! the app, because most users never see them.

use super::{
    after_reset, change_password,
    forgot_password::{provide_form_title, site},
    progress::SignInProgress,
    redirect::query,
};
use crate::core::{Route, use_app_context};
use crate::data::{call_with, use_mutations};
use crate::ui::form::TextField;
use leptos::prelude::*;
use leptos_fusionauth_forms::{Join, OnPasswordChanged, PasswordlessSignIn, SignInLink, SignInStep, Stage, StartPasswordless, Step};
use std::sync::Arc;
use storefront_api::{endpoints, pages::HelpPage};
use storefront_messages::t;

/// The form or page of a stage after the form for email and password.
#[component]
pub(super) fn LaterStep(progress: SignInProgress, stage: Stage) -> impl IntoView {
    provide_form_title();
    let Stage::Refused(step) = stage else {
        let link: Option<SignInLink> = use_context();
        return view! { <PasswordlessSignIn progress start=START_PASSWORDLESS link/> }.into_any();
    };
    after_reset::remember(&query()); // a blocked account is opened by a reset link
    let mutations = use_mutations();
    let changed: OnPasswordChanged = Arc::new(move |result, _| change_password::notify(mutations, result));
    let contact = use_app_context().config.contact.as_deref();
    let verification = move |what| super::verification::in_sign_in(progress, what);
    let form = contact.filter(|_| matches!(step, Step::Closed(_)));
    let form = form.map(|_| view! { <p><a href=Route::Help(HelpPage::Contact).href()>{t!("Write to us")}</a></p> });
    view! { <SignInStep progress step site=site() contact join=Some(JOIN) changed=Some(changed) verification/>{form} }.into_any()
}

const START_PASSWORDLESS: StartPasswordless = |login_id| {
    Box::pin(async move {
        let started = call_with(endpoints::START_PASSWORDLESS, &[], &storefront_api::StartPasswordless { login_id }).send(None).await;
        started.map(|it| it.code).map_err(|why| why.in_form(&[TextField::USERNAME]))
    })
};

const JOIN: Join = |login_id, password| {
    Box::pin(async move {
        let body = storefront_api::Join { login_id, password };
        call_with(endpoints::JOIN, &[], &body).send(None).await.map(drop).map_err(|why| why.in_form(&[TextField::PASSWORD]))
    })
};
