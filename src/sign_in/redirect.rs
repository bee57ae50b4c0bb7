//! Opens the page that required a sign-in, once the user is signed in.

use crate::{
    core::Route,
    ui::{page_query, read_until_cleanup},
};
use leptos::prelude::*;
use leptos_fusionauth::{SessionState, return_to, use_session};
use leptos_router::{NavigateOptions, hooks::use_navigate};
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

/// Opens `to` as soon as the user is signed in, in place of the current history entry.
pub(super) fn leave_when_signed_in(to: String) {
    let (session, navigate) = (use_session().state(), use_navigate());
    Effect::new(move |_| {
        if let SessionState::SignedIn { .. } = read_until_cleanup(session) {
            navigate(&to, NavigateOptions { replace: true, ..Default::default() });
        }
    });
}
