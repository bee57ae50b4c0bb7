//! The checkbox "Keep me signed in".

use fusionauth_forms::{Design, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::KeepSignedIn;

/// The id of the checkbox "Keep me signed in".
pub const KEEP: &str = "keep";

/// The checkbox "Keep me signed in", which is ticked at first.
#[component]
pub fn KeepSignedInBox<D: Design>(
    /// The design of the form.
    design: D,
    /// Receives the input's element.
    input: NodeRef<html::Input>,
) -> impl IntoView {
    _ = design;
    view! {
        <label class=D::CLASSES.check>
            <input id=KEEP name="keep" type="checkbox" checked="" node_ref=input />
            {text_of!(D, "Keep me signed in")}
        </label>
    }
}

/// The state of the checkbox "Keep me signed in". Until the checkbox is rendered, it counts as ticked.
pub fn kept(node_ref: NodeRef<html::Input>) -> KeepSignedIn {
    node_ref.get_untracked().map_or(KeepSignedIn::Yes, |input| choice(&input))
}

/// The choice in a checkbox "Keep me signed in".
pub fn choice(input: &web_sys::HtmlInputElement) -> KeepSignedIn {
    if input.checked() { KeepSignedIn::Yes } else { KeepSignedIn::No }
}
