//! `/change-password/{id}`: the page that an emailed reset link opens.

use super::{
    after_reset,
    forgot_password::{LinkToSignIn, provide_form_title, site},
    link_id,
    redirect::target_of,
};
use crate::{
    core::{Route, use_app_context},
    data::{Mutations, NoticeKind, PageNotice, call_with, use_mutations},
    ui::{Page, components::Skeleton, form::TextField},
};
use leptos::prelude::*;
use leptos_fusionauth_forms::{LinkSecondFactor, OnPasswordChanged, PasswordChanged, ResetPasswordPage};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::sync::Arc;
use storefront_api::{CheckLinkCode, MailedLinkId, StartLinkCode, endpoints};
use storefront_messages::Storefront;

/// The page of a mailed link for a new password.
pub fn page() -> AnyView {
    provide_form_title();
    let (app, mutations, navigate) = (use_app_context().app, use_mutations(), use_navigate());
    let changed: OnPasswordChanged = Arc::new(move |result, visited| {
        notify(mutations, result);
        if visited == Page::Open {
            let query = after_reset::take();
            let page = if result == PasswordChanged::SignedIn { target_of(&query, app) } else { Route::Login.href().to_owned() + &query };
            navigate(&page, NavigateOptions { replace: true, ..Default::default() });
        }
    });
    let loading = || view! { <Skeleton class="card" count=1/> };
    view! {
        <div class="narrow">
            <ResetPasswordPage
                design=Storefront
                id=link_id::take(Route::ChangePassword)
                site=site()
                second_factor=Some(SECOND_FACTOR)
                loading
                changed
            >
                <LinkToSignIn/>
            </ResetPasswordPage>
        </div>
    }
    .into_any()
}

/// Shows the notice about a changed password.
pub(super) fn notify(mutations: Mutations, result: PasswordChanged) {
    let text = result.text::<Storefront>().to_owned();
    mutations.notify(PageNotice { kind: NoticeKind::Success, text, page: Route::Account, link: None });
}

const SECOND_FACTOR: LinkSecondFactor = LinkSecondFactor {
    open: |id| {
        Box::pin(async move {
            call_with(endpoints::OPEN_MAILED_LINK, &[], &MailedLinkId::ChangePasswordId(id))
                .send(None)
                .await
                .map(drop)
                .map_err(|why| why.in_form(&[]))
        })
    },
    start: |id| {
        Box::pin(async move {
            call_with(endpoints::START_LINK_CODE, &[], &StartLinkCode { change_password_id: id })
                .send_as()
                .await
                .map_err(|why| why.in_form(&[TextField::CODE]))
        })
    },
    check: |id, code| {
        Box::pin(async move {
            match call_with(endpoints::CHECK_LINK_CODE, &[], &CheckLinkCode { two_factor_id: id, code }).send_as().await {
                Err(why) if why.is_not_found() => Ok(None),
                answer => answer.map(Some).map_err(|why| why.in_form(&[TextField::CODE])),
            }
        })
    },
};
