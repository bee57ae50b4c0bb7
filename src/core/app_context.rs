//! What every page may need to know about the app, and the one live region through which any of them can speak.
//!
//! A feature that has to remember something provides a context of its own; this one holds only what all of them share.

use super::route::Route;
use leptos::{ev, prelude::*};
use storefront_api::{App, Workflow};

/// A handle to the context: copy it into whatever needs it.
#[derive(Clone, Copy)]
pub struct AppContext {
    /// Which application this is.
    pub app: App,
    /// How its sign-in works.
    pub workflow: Workflow,
    online: RwSignal<bool>,
    announcement: RwSignal<String>,
}

/// The context of the app around the caller.
pub fn use_app_context() -> AppContext {
    // Not `expect_context`, here and elsewhere: its message quotes the type's name, which brings Unicode tables along (3 KB).
    use_context().expect("provided by the shell")
}

impl AppContext {
    /// Provides the context to everything below the caller.
    pub fn provide(app: App, workflow: Workflow) -> Self {
        let online = RwSignal::new(window().navigator().on_line());
        let context = Self { app, workflow, online, announcement: RwSignal::new(String::new()) };
        provide_context(context);
        let listeners =
            [window_event_listener(ev::online, move |_| online.set(true)), window_event_listener(ev::offline, move |_| online.set(false))];
        on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
        context
    }

    /// Whether the browser has a connection to any network. Tracked.
    pub fn is_online(self) -> bool {
        self.online.get()
    }

    /// The page that the address bar names. Not tracked.
    pub fn current_route(self) -> Route {
        Route::at(self.app, &window().location().pathname().unwrap_or_default())
    }

    /// Has a screen reader say `text` when it has finished what it is saying.
    pub fn announce(self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }

    /// The text of the live region. Tracked.
    pub fn announcement(self) -> String {
        self.announcement.get()
    }
}
