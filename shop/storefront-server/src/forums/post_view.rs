//! Parts of a post on the server-rendered pages, with the same markup as in the single-page app.

use crate::pages::components::strong;
use crate::pages::form::MAX_TEXT_AREA_LENGTH;
use maud::{Markup, html};
use storefront_api::forums::{DeletedBy, MAX_TITLE_CHARS};
use storefront_api::post_text::{BlockKind, Span, blocks, spans};
use storefront_api::product_threads::ThreadProduct;
use storefront_api::{MAX_POST_CHARS, Post, Problem, problems::ProblemCode};
use storefront_messages::t;

/// The first letter of the author's name, in the author's colour.
pub(super) fn avatar(post: &Post) -> Markup {
    let initial: String = post.author.chars().next().unwrap_or('?').to_uppercase().collect();
    html! { span class={ "avatar avatar-" (post.avatar) } aria-hidden="true" { (initial) } }
}

/// The placeholder of a deleted post.
pub(super) fn deleted_text(by: DeletedBy) -> &'static str {
    match by {
        DeletedBy::Author => t!("Deleted by the author."),
        DeletedBy::Moderator => t!("Hidden by a moderator."),
    }
}

/// The text of a post, with its quotes and links. Search engines must not follow the links, because anybody may write a post.
pub(super) fn post_text(body: &str) -> Markup {
    let content = |text: &str| {
        html! {
            @for span in spans(text) {
                @match span {
                    Span::Text(text) => (text),
                    Span::Link(url) => a href=(url) rel="nofollow ugc" { (url) },
                }
            }
        }
    };
    html! {
        div.body dir="auto" {
            @for block in blocks(body) {
                @match block.kind {
                    BlockKind::Text => p { (content(&block.text)) },
                    BlockKind::Quote => blockquote { (content(&block.text)) },
                }
            }
        }
    }
}

/// The mark of unread posts.
pub(super) fn new_mark(post: &Post) -> Markup {
    html! { @if post.unread { span.badge.new { (t!("New")) } } }
}

/// The fields of a form that writes or edits a post.
pub(super) struct PostFields<'a> {
    /// The product that the form offers for the thread, with a checkbox.
    pub(super) product: Option<&'a ThreadProduct>,
    /// The title in the form. `None` for a reply, which has no title.
    pub(super) title: Option<&'a str>,
    pub(super) body: &'a str,
    /// The label of the text.
    pub(super) label: &'a str,
    pub(super) refused: Option<&'a Problem>,
    /// The button's text.
    pub(super) button: &'a str,
}

impl PostFields<'_> {
    /// The fields with their errors, and the button.
    pub(super) fn view(&self) -> Markup {
        let is_refused = |code: ProblemCode| self.refused.is_some_and(|it| it.kind == code.kind());
        let (of_title, of_product) = (is_refused(ProblemCode::TitleTooLong), is_refused(ProblemCode::ThreadProductUnknown));
        let of_text = self.refused.is_some() && !of_title && !of_product;
        html! {
            @if of_product { (self.error("product-error")) }
            // Without a script, only a checkbox can remove a product without losing the typed text.
            @if let Some(product) = self.product {
                label.check {
                    input type="checkbox" name="product" value=(product.id) checked;
                    span { (t!("About:")) " " (strong(&product.name)) }
                }
            }
            @if let Some(title) = self.title {
                label for="title" { (t!("Title (optional)")) }
                @if of_title { (self.error("title-error")) }
                input #title name="title" type="text" dir="auto" autocomplete="off" maxlength=(4 * MAX_TITLE_CHARS) value=(title)
                    aria-invalid=[of_title.then_some("true")] aria-describedby=[of_title.then_some("title-error")] autofocus[of_title];
            }
            label for="post" { (self.label) }
            @if of_text { (self.error("post-error")) }
            // Browsers drop a line break at the beginning of a `textarea`. The added line break protects a line break at the beginning of
            // the text.
            textarea #post name="body" rows="4" dir="auto" maxlength=(MAX_TEXT_AREA_LENGTH)
                aria-describedby=(if of_text { "post-error post-left" } else { "post-left" })
                aria-invalid=[of_text.then_some("true")] autofocus[of_text] { "\n" (self.body) }
            div.write-end {
                p.left #post-left { (t!("Up to {} characters.", MAX_POST_CHARS)) }
                button.primary type="submit" { (self.button) }
            }
        }
    }

    fn error(&self, id: &str) -> Markup {
        html! {
            @if let Some(problem) = self.refused {
                p.field-error id=(id) role="alert" { (problem.detail.as_deref().unwrap_or_default()) }
            }
        }
    }
}
