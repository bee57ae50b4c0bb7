//! Small views that several pages use, with the same markup as in the single-page app.

use maud::{Markup, html};
use storefront_api::catalogue;

/// An icon of the sprite. Screen readers skip the icon, so the text next to it must have the same meaning.
pub(crate) fn icon(name: &str) -> Markup {
    html! { svg.icon aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

/// The URL of the file with the products' drawings. The release build also has the file under a name with a hash.
pub(crate) const DRAWINGS: &str = "/assets/products.svg";

/// A product's picture: its drawing on a coloured tile, or only the tile if the product has no drawing.
pub(crate) fn picture(product: &str) -> Markup {
    html! {
        svg class={ "picture tile-" (catalogue::tile(product)) } viewBox="0 0 200 200" aria-hidden="true" {
            use href={ (DRAWINGS) "#" (catalogue::drawing(product)) } {}
        }
    }
}

/// The page's heading.
pub(crate) fn heading(text: &str) -> Markup {
    html! { h1 tabindex="-1" { (text) } }
}

/// The hidden input with a key that makes a form safe to be sent twice, by a double click or a reload.
pub(crate) fn idempotency_key() -> Markup {
    html! { input type="hidden" name="idempotency_key" value=(uuid::Uuid::new_v4()); }
}

/// The view in place of an empty list.
pub(crate) fn empty_state(title: &str, text: &str, more: Markup) -> Markup {
    html! { div.empty-state { (icon("mark")) h2 { (title) } p { (text) } (more) } }
}

/// The first screen of an application: a line in large letters, a sentence, and a button.
pub(crate) fn hero(tagline: &str, lead: &str, action: Markup) -> Markup {
    html! { section.hero { p.tagline { (tagline) } p.lead { (lead) } (action) } }
}

/// A text with the element in place of its `{}`.
pub(crate) fn text_with(text: &str, element: &Markup) -> Markup {
    let (before, after) = storefront_messages::around(text);
    html! { (before) (element) (after) }
}

/// A name or an email within a text, with its own writing direction.
pub(crate) fn strong(name: &str) -> Markup {
    html! { strong { bdi { (breakable(name)) } } }
}

/// A text with an email, in which a line may end after the `@` and before a full stop of the email.
pub(crate) fn breakable(text: &str) -> Markup {
    html! { @for (at, part) in storefront_messages::line_parts(text).into_iter().enumerate() { @if at > 0 { wbr; } (part) } }
}
