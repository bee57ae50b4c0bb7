//! The Forums: the list of threads, and the page of each thread.

pub mod api;
pub mod composition;
pub mod context;
pub mod draft;
pub mod list_page;
pub mod post_view;
pub mod thread_list;
pub mod thread_page;
pub mod write_form;
mod writes;

use crate::{
    core::{Route, use_app_context},
    data::ApiError,
};
use leptos::prelude::*;
use list_page::PostsPage;
use storefront_messages::t;
use thread_page::ThreadPage;

/// The page for the URL: the page of a thread, or the list.
pub fn page() -> AnyView {
    match use_app_context().current_route() {
        Route::Thread if !thread_page::id().is_empty() => view! { <ThreadPage/> }.into_any(),
        _ => view! { <PostsPage/> }.into_any(),
    }
}

/// The message that more posts could not be loaded, with the error.
fn not_loaded(error: &ApiError) -> String {
    format!("{} {error}", t!("We couldn't load more posts."))
}
