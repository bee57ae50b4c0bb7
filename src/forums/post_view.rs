//! What the pages of the Forums show of a post, with the same markup as the server-rendered pages.

use crate::ui::none;
use leptos::prelude::*;
use storefront_api::Post;
use storefront_api::forums::DeletedBy;
use storefront_messages::t;

/// The first letter of the author's name, in the author's colour.
pub fn avatar(post: &Post) -> AnyView {
    let initial = post.author.chars().next().unwrap_or('?').to_uppercase().to_string();
    view! { <span class=format!("avatar avatar-{}", post.avatar) aria-hidden="true">{initial}</span> }.into_any()
}

/// What stands in the place of a deleted post.
pub fn deleted_text(by: DeletedBy) -> &'static str {
    match by {
        DeletedBy::Author => t!("Deleted by its author."),
        DeletedBy::Moderator => t!("Hidden by a moderator."),
    }
}

/// The name of a thread: its title, its first words, or that it is deleted.
pub fn heading(post: &Post) -> String {
    match post.deleted {
        Some(by) => deleted_text(by).to_owned(),
        None => post.heading().to_owned(),
    }
}

/// The mark that there is something unread.
pub fn new_mark(post: &Post) -> AnyView {
    match post.unread {
        true => view! { <span class="badge new">{t!("New")}</span> }.into_any(),
        false => none(),
    }
}
