//! The id at the end of a mailed link. It opens or verifies an account, so it is removed from the address bar before anything else happens,
//! and kept only in memory.

use crate::core::Route;
use leptos::{prelude::*, wasm_bindgen::JsValue};
use leptos_router::hooks::use_url;

/// The id that follows the path of `route` in the URL. Removes it from there. Empty if there is none.
pub(super) fn take(route: Route) -> String {
    let id = use_url().with_untracked(|url| url.path().strip_prefix(route.href()).unwrap_or_default().trim_matches('/').to_owned());
    if let Ok(history) = window().history() {
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(route.href()));
    }
    id
}
