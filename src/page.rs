//! What every page has: a heading that takes the focus after a navigation, and a title.

use crate::erased::effect;
use crate::memory::Memory;
use crate::route::{Route, app_name};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FocusOptions, HtmlElement};

/// The page's heading.
pub fn heading(text: &'static str) -> AnyView {
    view! { <h1 tabindex="-1">{text}</h1> }.into_any()
}

/// Moves the focus to the page's heading, so that a screen reader says where one is. Does not scroll.
pub fn focus_heading() {
    focus("main h1");
}

/// Moves the focus to the first element that `selector` finds. Does not scroll.
pub fn focus(selector: &str) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element(selector) {
        _ = element.focus_with_options(&options);
    }
}

fn element(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// The document's title: the page, and whether a form on it has an error.
#[derive(Clone, Copy)]
pub struct Title(RwSignal<Shown>);

#[derive(Clone, Copy, PartialEq)]
struct Shown {
    page: &'static str,
    error: bool,
}

impl Title {
    /// Provides the title and keeps the document's up to date.
    pub fn provide(memory: Memory) -> Self {
        let title = Self(RwSignal::new(Shown { page: app_name(memory.app), error: false }));
        provide_context(title);
        effect(move || {
            let Shown { page, error } = title.0.get();
            let prefix = if error { "Error: " } else { "" };
            document().set_title(&format!("{prefix}{page} · {}", app_name(memory.app)));
        });
        title
    }

    /// Says which page is shown.
    pub fn show(self, route: Route) {
        self.name(route.title());
    }

    /// Gives the page a name of its own.
    pub fn name(self, page: &'static str) {
        self.0.set(Shown { page, error: false });
    }

    /// Marks or unmarks the title while a form error stands.
    pub fn error(self, error: bool) {
        self.0.update(|shown| shown.error = error);
    }
}

/// The title of the app around the caller.
pub fn use_title() -> Title {
    expect_context()
}

/// Shows the static "Something broke" message of `index.html`. The last resort: it needs nothing of the app.
pub fn show_broken() {
    if let Some(message) = element("#broken") {
        message.set_hidden(false);
    }
}
