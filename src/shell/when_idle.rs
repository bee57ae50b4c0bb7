//! The tasks that run on every page. They start soon after the first page is shown, or earlier if there is typed text to restore.

use super::typed;
use crate::{
    account,
    core::{page_title, use_app_context},
    data::{NoticeKind, PageLink, PageNotice, use_mutations},
    sign_in,
    ui::{components, document},
};
use leptos::prelude::*;
use leptos_fusionauth::{AfterSignIn, SessionState, SignOutReason};
use leptos_fusionauth_forms::explain;
use leptos_router::hooks::use_location;
use std::time::Duration;
use storefront_messages::Storefront;

/// Starts all tasks. They run until the app ends.
pub(super) fn view() -> AnyView {
    sign_in::caps_lock::watch();
    sign_in::refused_device::watch();
    sign_in::slow::watch();
    typed::restore_kept();
    confirm_sign_out();
    _ = set_interval_with_handle(components::update_times, Duration::from_secs(60));
    let was_signed_out = document::element("html[data-first=form]").is_some();
    view! { <AfterSignIn was_signed_out>{account::create_after_sign_in()}</AfterSignIn> }.into_any()
}

/// Says on a page that stays open that the user has signed out. Where the sign-in form replaces the page, the form says it.
fn confirm_sign_out() {
    let (mutations, context, path) = (use_mutations(), use_app_context(), use_location().pathname);
    let state = mutations.session.state();
    Effect::new(move |was_signed_in: Option<bool>| match state.get() {
        SessionState::SignedIn { .. } => true,
        SessionState::SignedOut(Some(reason @ SignOutReason::UserRequest)) if was_signed_in == Some(true) => {
            let page = context.current_route();
            if !page.needs_session() && untrack(|| mutations.notice()).is_none() {
                context.announce(""); // the notice is in a live region, too
                let link = Some(PageLink { path: path.get_untracked(), title: page_title(page).to_owned() });
                mutations.notify(PageNotice { kind: NoticeKind::Success, text: explain::<Storefront>(reason).to_owned(), page, link });
            }
            false
        }
        SessionState::SignedOut(_) => false,
        SessionState::Loading => was_signed_in == Some(true),
    });
}
