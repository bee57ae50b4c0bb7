//! Starts all tasks of the app. Clippy forbids other ways to start a task (`clippy.toml`).

use leptos::prelude::*;
pub use leptos_fusionauth_forms::page_scope::*;
use leptos_router::hooks::use_url;

/// The query of the page's URL, with its `?`. A navigation to another path does not change the memo, because the new query belongs to the
/// next page. This function does not use `use_query_map`, because the subscription of `use_query_map` would stay when the page is left.
pub fn page_query() -> Memo<String> {
    let url = use_url();
    let path = url.with_untracked(|url| url.path().to_owned());
    Memo::new(move |before: Option<&String>| {
        track_until_cleanup(url);
        url.with_untracked(|url| match (before, url.search()) {
            (Some(before), _) if url.path() != path => before.clone(),
            (_, "") => String::new(),
            (_, query) => "?".to_owned() + query,
        })
    })
}
