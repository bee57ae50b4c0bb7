//! The Forums: the list of threads, and the page of each thread.

pub mod api;
pub mod composition;
pub mod context;
pub mod list_page;
pub mod post_view;
pub mod thread_list;
pub mod thread_page;
pub mod write_form;

use crate::{
    core::{PageFunction, Route},
    data::ApiError,
};
use leptos::prelude::*;
use list_page::PostsPage;
use storefront_messages::t;
use thread_page::ThreadPage;

/// The Forums' pages. The path of a thread without an id shows the list.
pub fn page(route: Route) -> Option<PageFunction> {
    Some(match route {
        Route::Posts => || view! { <PostsPage/> }.into_any(),
        Route::Thread => || match thread_page::id().is_empty() {
            true => view! { <PostsPage/> }.into_any(),
            false => view! { <ThreadPage/> }.into_any(),
        },
        _ => return None,
    })
}

/// The message that more posts could not be loaded, with the error.
fn not_loaded(error: &ApiError) -> String {
    format!("{} {error}", t!("We couldn't load more posts."))
}
