//! Functions for the whole document: they set its title, move the focus, and reload it.

use super::tasks::after_render;
use crate::core::{Route, page_title, use_app_context};
use leptos::prelude::*;
use leptos_fusionauth_forms::focus::scroll_into_view;
use storefront_messages::t;
use wasm_bindgen::JsCast;

pub use leptos_fusionauth_forms::focus::{
    element, focus, focus_after_render, focus_in_place, focus_in_place_after_render, heading_has_focus,
};

/// Moves the focus to the page's heading, and scrolls to it.
pub fn focus_heading() {
    focus("main h1");
}

/// Takes the focus from a heading, link or button of the page. Call it before anything changes: when the focused element is removed,
/// Chromium lays out the old page and the new one. An input keeps the focus, because losing it would fire its `change` event.
pub fn release_focus() {
    let focused = document().active_element().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(focused) = focused.filter(|it| it.matches("main :is(h1, a, button)").unwrap_or_default()) {
        _ = focused.blur();
    }
}

/// Reloads the page.
pub fn reload() {
    _ = window().location().reload();
}

/// Like [`focus_in_place_after_render`], but only if no element has the focus then, because the change has removed the element that had it.
/// Does not scroll, because the change may come from an answer that arrives while the user reads another part of the page.
pub fn restore_focus_after_render(selector: String) {
    after_render(move || {
        let body: Option<web_sys::Element> = document().body().map(Into::into);
        if document().active_element() == body {
            focus_in_place(&selector);
        }
    });
}

/// Scrolls to the first element that matches `selector`, once Leptos has rendered the change that the caller has just made. Does nothing if
/// the element is in the visible part of the page.
pub fn scroll_after_render(selector: &'static str) {
    after_render(move || scroll_into_view(selector));
}

/// The document's title: the page, and whether a form on it has an error.
#[derive(Clone, Copy)]
pub struct Title(RwSignal<TitleParts>);

struct TitleParts {
    page: String,
    has_error: bool,
}

impl Title {
    /// Provides the title to everything below the caller, and keeps the document's title up to date.
    pub fn provide() -> Self {
        let context = use_app_context();
        let app = context.app.full_name();
        let title = Self(RwSignal::new(TitleParts { page: page_title(context.current_route()).to_owned(), has_error: false }));
        provide_context(title);
        Effect::new(move |_| {
            title.0.with(|TitleParts { page, has_error }| {
                let prefix = if *has_error { t!("Error: ") } else { "" };
                document().set_title(&[prefix, page, " · ", app].concat());
            });
        });
        title
    }

    /// Sets the title to the name of this page.
    pub fn show(self, route: Route) {
        self.name(page_title(route));
    }

    /// Gives the page a name other than its route's.
    pub fn name(self, page: impl Into<String>) {
        self.0.set(TitleParts { page: page.into(), has_error: false });
    }

    /// Sets whether the title says that a form has an error.
    pub fn error(self, has_error: bool) {
        self.0.update(|title| title.has_error = has_error);
    }
}

/// The title of the app around the caller.
pub fn use_title() -> Title {
    use_context().expect("provided by the shell")
}

/// Shows the static "Something broke" message of `index.html`. This function needs no context, because the app may not have started.
pub fn show_broken() {
    if let Some(message) = element("#broken") {
        message.set_hidden(false);
    }
}
