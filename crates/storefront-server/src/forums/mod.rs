//! The Forums: threads of posts, in the API and as server-rendered pages.

pub mod changes;
pub mod drafts_api;
pub mod error;
mod page_cursor;
mod pages;
mod post_view;
pub mod posts;
mod read_marks;
mod search;
mod text;
mod thread_page;
mod thread_search;
pub mod threads;

pub use changes::purge;

use crate::pages::PageState;
use crate::state::Backend;
use axum::Router;

/// The routes below `/api`.
pub(crate) fn api() -> Router<Backend> {
    posts::router().merge(threads::router()).merge(changes::router()).merge(drafts_api::router())
}

/// The server-rendered pages.
pub(crate) fn page_routes() -> Router<PageState> {
    pages::router().merge(thread_page::router())
}
