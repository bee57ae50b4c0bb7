//! The Forums: threads of posts, in the API and as server-rendered pages.
//!
//! # Rules
//!
//! - **An edit names the version that its author has read.** If the post has another version when the edit arrives, the answer is 409, the
//!   newer text stays, and the author sees both texts.
//! - **A deleted post leaves a placeholder**, and its replies stay. For a day, the author can restore a post that the author has deleted,
//!   and a moderator can restore a post that a moderator has hidden.
//! - **The database keeps unsent text as a draft**, one per thread and one per edited post, saved a second after the last keystroke. If two
//!   devices save a draft, the newer draft stays, and the author sees the text that it has replaced.
//! - **Other people see a display name**, chosen by the user or derived from the user id, and never a part of the email address.

pub mod changes;
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
use crate::user_data::{Deletion, Export, UserData};
use axum::Router;
use storefront_api::StoredData;

/// The routes below `/api`.
pub(crate) fn api() -> Router<Backend> {
    posts::router().merge(threads::router()).merge(changes::router())
}

/// The server-rendered pages.
pub(crate) fn pages() -> Router<PageState> {
    pages::router().merge(thread_page::router())
}

/// The rows about users in the Forums' tables.
pub(crate) const USER_DATA: &[UserData] = &[
    UserData {
        table: "posts",
        export: Export::Rows(
            StoredData::Posts,
            "posts",
            "SELECT id, thread, product, title, body, created_at AS created_at_microseconds, edited_at AS edited_at_microseconds, deleted_by
             FROM posts WHERE author_id = $1 ORDER BY created_at",
        ),
        // Posts and replies stay, under a default name, for members.
        deletion: Deletion::Statements(&["UPDATE posts SET may_be_public = 0 WHERE author_id = $1"]),
    },
    UserData {
        table: "thread_reads",
        export: Export::Rows(StoredData::Posts, "threadsRead", "SELECT thread, read_at AS up_to_microseconds FROM thread_reads WHERE user_id = $1"),
        deletion: Deletion::RowsBy("user_id"),
    },
];
