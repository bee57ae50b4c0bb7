//! The heading of a form, and names in texts.

use fusionauth_forms::{around, line_parts};
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
    view! { {before.to_owned()}<strong><bdi translate="no">{breakable(&name)}</bdi></strong>{after.to_owned()} }
}

/// A text with an email, in which a line may end after the `@` and before a full stop of the email.
pub fn breakable(text: &str) -> AnyView {
    line_parts(text).into_iter().map(|part| view! { {part.to_owned()}<wbr/> }).collect_view().into_any()
}
