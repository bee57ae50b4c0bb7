//! Parts of a post on the pages of the Forums, with the same markup as in the server-rendered pages.

use crate::core::Route;
use leptos::prelude::*;
use storefront_api::Post;
use storefront_api::forums::DeletedBy;
use storefront_api::post_text::{BlockKind, Span, blocks, spans};
use storefront_messages::t;

/// The URL of a thread's page.
pub fn thread_href(id: &str) -> String {
    format!("{}/{id}", Route::Thread.href())
}

/// The first letter of the author's name, in the author's colour.
#[component]
pub fn Avatar(
    /// The author's display name.
    author: String,
    /// The number of the colour.
    colour: u32,
) -> impl IntoView {
    let initial = author.chars().next().unwrap_or('?').to_uppercase().to_string();
    view! { <span class=format!("avatar avatar-{colour}") aria-hidden="true">{initial}</span> }
}

/// The text of a post, with its quotes and links. Search engines must not follow the links, because anybody may write a post.
#[component]
pub fn PostBody(text: String) -> impl IntoView {
    let span = |span: Span<'_>| match span {
        Span::Text(text) => text.to_owned().into_any(),
        Span::Link(url) => view! { <a href=url.to_owned() rel="nofollow ugc">{url.to_owned()}</a> }.into_any(),
    };
    let content = |text: &str| spans(text).into_iter().map(span).collect_view();
    let blocks = blocks(&text).into_iter().map(|block| match block.kind {
        BlockKind::Text => view! { <p>{content(&block.text)}</p> }.into_any(),
        BlockKind::Quote => view! { <blockquote>{content(&block.text)}</blockquote> }.into_any(),
    });
    view! { <div class="body" dir="auto">{blocks.collect_view()}</div> }
}

/// The placeholder of a deleted post.
pub fn deleted_text(by: DeletedBy) -> &'static str {
    match by {
        DeletedBy::Author => t!("Deleted by the author."),
        DeletedBy::Moderator => t!("Hidden by a moderator."),
    }
}

/// The name of a thread: its title, its first words, or the placeholder of a deleted post.
pub fn heading(post: &Post) -> String {
    match post.deleted {
        Some(by) => deleted_text(by).to_owned(),
        None => post.heading(),
    }
}

/// The mark of unread posts.
#[component]
pub fn NewMark() -> impl IntoView {
    view! { <span class="badge new">{t!("New")}</span> }
}
