//! Functions that find elements of the page and move the focus.

use crate::page_scope::after_render;
use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, HtmlInputElement, ScrollIntoViewOptions};

/// The page's heading, if it is a [`Heading`](crate::Heading). It gets the focus when another form replaces the current one, unless that form
/// has only one field: then this field gets the focus, so that a user who types at once loses nothing.
pub const HEADING: &str = "h1[tabindex]";

/// The fields of a form below the heading of its section. A checkbox does not take typed text.
const FIELDS: &str = "section > h1[tabindex] ~ form :is(input:not([type=checkbox], [hidden]), select, textarea)";

/// Moves the focus to the first element that matches `selector`, and scrolls to it if it is outside the visible part of the page. If the
/// element is the heading above a form with only one field, this field gets the focus.
pub fn focus(selector: &str) {
    if let Some(element) = element(selector) {
        let field = take_focus(&element);
        scroll_to(&element);
        if let Some(field) = field {
            scroll_to(&field);
        }
    }
}

/// Like [`focus`], but does not scroll, except to the only field of a form. For an element in place of the one that had the focus, and for
/// the heading of a page whose scroll position is restored: the user may be reading another part of the page.
pub fn focus_in_place(selector: &str) {
    if let Some(field) = element(selector).and_then(|it| take_focus(&it)) {
        scroll_to(&field);
    }
}

/// Moves the focus to the only field of the page's form, if no element has the focus. Call it when a form is on the page for the first time.
pub(crate) fn focus_only_field() {
    let body: Option<Element> = document().body().map(Into::into);
    if document().active_element() == body && element(FIELDS).is_some() {
        focus_in_place(HEADING);
    }
}

/// Moves the focus to `element`, or to the only field of the form below, if `element` is a heading. Returns this field.
fn take_focus(element: &HtmlElement) -> Option<HtmlElement> {
    let field = only_field_below(element);
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    _ = field.as_ref().unwrap_or(element).focus_with_options(&options);
    field
}

/// The only field of the form below `heading`. The heading and the paragraph after it become the field's description: a screen reader reads
/// nothing else when a field gets the focus, and WAI recommends `aria-describedby` for instructions outside the label. An error replaces the
/// description.
fn only_field_below(heading: &HtmlElement) -> Option<HtmlElement> {
    let number = document().query_selector_all(FIELDS).ok()?.length();
    let field = element(FIELDS).filter(|_| number == 1 && heading.matches(HEADING).unwrap_or_default())?;
    heading.set_id("step");
    let mut description = "step".to_owned();
    if let Some(text) = element("h1[tabindex] + p") {
        text.set_id("step-text");
        description += " step-text";
    }
    if let Some(before) = field.get_attribute(DESCRIBED_BY) {
        description = if before.starts_with("step") { before } else { description + " " + &before };
    }
    _ = field.set_attribute(DESCRIBED_BY, &description);
    Some(field)
}

const DESCRIBED_BY: &str = "aria-describedby";

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
    if let Some(element) = element(selector) {
        scroll_to(&element);
    }
}

fn scroll_to(element: &HtmlElement) {
    let options = ScrollIntoViewOptions::new();
    _ = Reflect::set(&options, &"block".into(), &"nearest".into());
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// The first element that matches `selector`.
pub fn element(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

pub(crate) fn input(id: &str) -> Option<HtmlInputElement> {
    element(&format!("#{id}"))?.dyn_into().ok()
}

/// Whether the page's heading has the focus.
pub fn heading_has_focus() -> bool {
    document().active_element().is_some_and(|element| element.matches(HEADING).unwrap_or_default())
}
