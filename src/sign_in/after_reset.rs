//! The page to open after the reset of a forgotten password. Local storage holds its path, because the emailed link opens in another tab.

use crate::core::{Route, storage};
use leptos_fusionauth::return_to;

const STORAGE_KEY: &str = "storefront.after-reset";

/// Stores the page that required the sign-in, from the query of the page for a forgotten password. If no page required it, forgets the one
/// of an earlier reset.
pub(super) fn remember(query: &str) {
    let Some(storage) = storage::local() else { return };
    _ = match return_to(query, Route::Login.href()) {
        Some(_) => storage.set_item(STORAGE_KEY, query),
        None => storage.remove_item(STORAGE_KEY),
    };
}

/// Returns the query that names the page to open after the reset, and forgets it.
pub(super) fn take() -> String {
    let Some(storage) = storage::local() else { return String::new() };
    let query = storage.get_item(STORAGE_KEY).ok().flatten().unwrap_or_default();
    _ = storage.remove_item(STORAGE_KEY);
    query
}
