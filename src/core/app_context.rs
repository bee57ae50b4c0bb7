//! What every page may need to know about the app, and the one live region through which any of them can speak.
//!
//! A feature that has to remember something provides a context of its own; this one holds only what all of them share.

use leptos::prelude::*;
use storefront_api::{App, Workflow};

/// A handle to the context: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct AppContext {
    /// Which application this is.
    pub app: App,
    /// How its sign-in works.
    pub workflow: Workflow,
    announcement: RwSignal<String>,
}

/// The context of the app around the caller.
pub fn use_app_context() -> AppContext {
    expect_context()
}

impl AppContext {
    /// Provides the context to everything below the caller.
    pub fn provide(app: App, workflow: Workflow) -> Self {
        let context = Self { app, workflow, announcement: RwSignal::new(String::new()) };
        provide_context(context);
        context
    }

    /// Has a screen reader say `text` when it has finished what it is saying.
    pub fn announce(self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }

    /// The text of the live region.
    pub fn announcement(self) -> String {
        self.announcement.get()
    }
}
