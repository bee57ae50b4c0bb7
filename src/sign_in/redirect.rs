//! Opens the page that required a sign-in, once the user is signed in.

use crate::{
    core::{Route, use_app_context},
    ui::{document, page_query, read_until_cleanup, scroll, set_timeout},
};
use leptos::{prelude::*, wasm_bindgen::JsValue};
use leptos_fusionauth::{SessionState, current_path, login_path, return_to, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use std::{rc::Rc, time::Duration};
use storefront_api::App;

/// The URL of the page that required the sign-in. If no page required it, the URL of the default page after a sign-in.
pub(super) fn target_of_sign_in(app: App) -> String {
    target_of(&query(), app)
}

/// The URL in the `next` of this query, or of the default page after a sign-in.
pub(super) fn target_of(query: &str, app: App) -> String {
    return_to(query, Route::Login.href()).unwrap_or_else(|| Route::after_sign_in(app).href().to_owned())
}

/// The page that required the sign-in, if one did.
pub(super) fn requested_page(app: App) -> Option<Route> {
    let path = return_to(&query(), Route::Login.href())?;
    Some(Route::at(app, path.split(['?', '#']).next().unwrap_or_default()))
}

pub(super) fn query() -> String {
    page_query().get_untracked()
}

/// Gives the sign-in page's URL to the router, which starts after this call, if the static page shows its form in place of a page that needs
/// a session. Otherwise the first task would render that page, too.
pub fn open_before_router() {
    let is_signed_out = matches!(use_session().state().get_untracked(), SessionState::SignedOut(_));
    let login = login_path(Route::Login.href(), &current_path());
    // The sign-in page is no page to return to.
    if !is_signed_out || login == Route::Login.href() || document::element("html[data-first=form]").is_none() {
        return;
    }
    replace_url(&login);
    scroll::navigated();
}

/// Replaces the URL of the current history entry. The router does not see it.
pub(super) fn replace_url(url: &str) {
    if let Ok(history) = window().history() {
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(url));
    }
}

/// Opens `to` when the user is signed in, in place of the current history entry. After a sign-in it does so in a task of its own, because the
/// task of the answer has already taken long. If the user has followed a link in between, that page opens.
pub(super) fn leave_when_signed_in(to: String) {
    let (session, context, navigate) = (use_session().state(), use_app_context(), use_navigate());
    let route = context.current_route();
    let leave = Rc::new(move || {
        if context.current_route() == route {
            navigate(&to, NavigateOptions { replace: true, ..Default::default() });
        }
    });
    Effect::new(move |_| {
        if let SessionState::SignedIn { .. } = read_until_cleanup(session) {
            let leave = Rc::clone(&leave);
            set_timeout(move || leave(), Duration::ZERO);
        }
    });
}
