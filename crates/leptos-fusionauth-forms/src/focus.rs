//! Functions that find elements of the page and move the focus.

use crate::page_scope::after_render;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, HtmlInputElement};

/// The page's heading, if it is a [`Heading`](crate::Heading). It gets the focus when another form replaces the current one.
pub const HEADING: &str = "h1[tabindex]";

/// Moves the focus to the first element that matches `selector`. Does not scroll.
pub fn focus(selector: &str) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element(selector) {
        _ = element.focus_with_options(&options);
    }
}

/// Moves the focus once Leptos has rendered the change that the caller has just made.
pub fn focus_after_render(selector: impl Into<String>) {
    let selector = selector.into();
    after_render(move || focus(&selector));
}

/// The first element that matches `selector`.
pub fn element(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// The input with this id.
pub(crate) fn input(id: &str) -> Option<HtmlInputElement> {
    element(&format!("#{id}"))?.dyn_into().ok()
}

/// Whether the page's heading has the focus.
pub fn heading_has_focus() -> bool {
    document().active_element().is_some_and(|element| element.matches(HEADING).unwrap_or_default())
}
