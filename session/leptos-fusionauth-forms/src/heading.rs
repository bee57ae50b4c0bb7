//! The heading of a form, and names in texts.

use fusionauth_forms::around;
use leptos::prelude::*;

/// The heading of a page or form. It can take the focus, so that a screen reader announces the opened page.
#[component]
pub fn Heading(
    /// The text. It does not change while the page is open.
    text: &'static str,
) -> impl IntoView {
    view! { <h1 tabindex="-1">{text}</h1> }
}

/// A text in which a name in bold replaces the `{}`.
#[component]
pub fn Named(
    /// The text with `{}`.
    #[prop(into)]
    text: String,
    /// The name, which may be in any writing direction.
    name: String,
) -> impl IntoView {
    let (before, after) = around(&text);
    view! { {before.to_owned()}<strong><bdi translate="no">{name}</bdi></strong>{after.to_owned()} }
}
