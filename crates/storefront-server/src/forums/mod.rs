//! The Forums: threads of posts, in the API and as server-rendered pages.
//!
//! # Rules
//!
//! - **An edit names the version that its author has read.** If the post has another version by then, the answer is 409, the newer text
//!   stays, and the author sees both.
//! - **A deleted post leaves a placeholder**, and its replies stay. For a day, its author may restore it if the author deleted it, and a
//!   moderator may if a moderator hid it.
//! - **The database keeps unsent text as a draft**, one per thread, saved a second after the last keystroke. Of two devices' drafts the
//!   newer one stays, and the author sees the text that it replaced.
//! - **Other people see a display name**, chosen by the user or derived from the user id, and never a part of the email address.

pub mod changes;
pub mod drafts_api;
pub mod error;
mod page_cursor;
mod pages;
mod post_view;
pub mod posts;
pub(crate) mod read_marks;
mod search;
mod text;
mod thread_page;
mod thread_search;
pub mod threads;

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
