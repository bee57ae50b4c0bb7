//! Takes the id from the end of an emailed link. The id is a secret, because it allows a change of the password or verifies an account. The
//! page therefore removes it from the address bar before anything else happens, and keeps it only in memory.

use crate::core::Route;
use leptos::{prelude::*, wasm_bindgen::JsValue};
use leptos_router::hooks::use_url;

/// Removes the id after the path of `route` from the URL, and returns the id. Returns an empty text if the URL has no id.
pub(super) fn take(route: Route) -> String {
    let id = use_url().with_untracked(|url| url.path().strip_prefix(route.href()).unwrap_or_default().trim_matches('/').to_owned());
    if let Ok(history) = window().history() {
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(route.href()));
    }
    id
}
