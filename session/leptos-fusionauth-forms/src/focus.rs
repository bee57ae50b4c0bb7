//! Functions that find elements of the page and move the focus.

use crate::page_scope::after_render;
use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement, HtmlInputElement, ScrollIntoViewOptions};

/// The page's heading, if it is a [`Heading`](crate::Heading). It gets the focus when another form replaces the current one.
pub const HEADING: &str = "h1[tabindex]";

/// Moves the focus to the first element that matches `selector`, and scrolls to it if it is outside the visible part of the page.
pub fn focus(selector: &str) {
    focus_in_place(selector);
    scroll_into_view(selector);
}

/// Like [`focus`], but does not scroll. For an element in place of the one that had the focus, and for the heading of a page whose scroll
/// position is restored: the user may be reading another part of the page.
pub fn focus_in_place(selector: &str) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element(selector) {
        _ = element.focus_with_options(&options);
    }
}

/// Moves the focus with [`focus`], once Leptos has rendered the change that the caller has just made.
pub fn focus_after_render(selector: impl Into<String>) {
    let selector = selector.into();
    after_render(move || focus(&selector));
}

/// Moves the focus with [`focus_in_place`], once Leptos has rendered the change that the caller has just made.
pub fn focus_in_place_after_render(selector: impl Into<String>) {
    let selector = selector.into();
    after_render(move || focus_in_place(&selector));
}

/// Scrolls as little as possible to show the first element that matches `selector`. The application's `scroll-margin` and `scroll-padding`
/// keep the element clear of anything that covers the edge of the window.
pub fn scroll_into_view(selector: &str) {
    let options = ScrollIntoViewOptions::new();
    _ = Reflect::set(&options, &"block".into(), &"nearest".into());
    if let Some(element) = element(selector) {
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
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
