//! Takes the id from the end of an emailed link, or the codes of a link that signs in. Both are secrets: an id allows a change of the
//! password or verifies an account. The page therefore removes them from the address bar before the user can do anything, and keeps them
//! only in memory.

use super::redirect::replace_url;
use crate::core::Route;
use leptos::prelude::*;
use leptos_fusionauth_forms::SignInLink;
use leptos_router::hooks::use_url;

/// Replaces the URL by the path of `route`, and returns the id that followed this path. Returns an empty text if the URL has no id.
pub(super) fn take(route: Route) -> String {
    let id = use_url().with_untracked(|url| url.path().strip_prefix(route.href()).unwrap_or_default().trim_matches('/').to_owned());
    replace_url(route.href());
    id
}

/// Returns the codes if a link that signs in has opened the page. From then on, the URL is that of the sign-in page, so that a reload shows the sign-in form.
pub(super) fn take_codes() -> Option<SignInLink> {
    // The router's URL would keep the fragment that this function removes.
    let link = SignInLink::from_fragment(&window().location().hash().ok()?)?;
    take(Route::Login);
    Some(link)
}
