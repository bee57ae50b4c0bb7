//! The state that all pages share: which application this is, whether the browser is online, and the text of the app's live region,
//! which screen readers read out.
//!
//! This context must never hold data that belongs to one feature. A feature with its own state provides its own context.

use leptos::{ev, prelude::*};
use leptos_router::{hooks::use_url, location::Url};
use storefront_api::{App, SpaConfig, Workflow, pages::Route};

/// A `Copy` handle to the context.
#[derive(Clone, Copy)]
pub struct AppContext {
    /// The application.
    pub app: App,
    /// Its sign-in workflow.
    pub workflow: Workflow,
    /// The page's whole configuration. It lives as long as the page.
    pub config: &'static SpaConfig,
    online: RwSignal<bool>,
    returns: RwSignal<u32>,
    url: ReadSignal<Url>,
    own_paths: StoredValue<Vec<String>>,
    announcement: RwSignal<String>,
}

/// The context of the app around the caller.
pub fn use_app_context() -> AppContext {
    // The app never calls `expect_context`, because its message contains the type's name, which links 3 KB of Unicode tables.
    use_context().expect("provided by the shell")
}

impl AppContext {
    /// Provides the context to everything below the caller. Call it below a `<Router>`.
    pub fn provide(config: &'static SpaConfig) -> Self {
        let (online, returns) = (RwSignal::new(window().navigator().on_line()), RwSignal::new(0));
        let context = Self {
            app: config.app,
            workflow: config.workflow,
            config,
            online,
            returns,
            url: use_url(),
            own_paths: StoredValue::new(Vec::new()),
            announcement: RwSignal::new(String::new()),
        };
        provide_context(context);
        let listeners = [
            window_event_listener(ev::online, move |_| online.set(true)),
            window_event_listener(ev::offline, move |_| online.set(false)),
            window_event_listener(ev::pageshow, move |event| {
                if event.persisted() {
                    returns.update(|returns| *returns += 1);
                }
            }),
        ];
        on_cleanup(move || listeners.into_iter().for_each(|listener| listener.remove()));
        context
    }

    /// Whether the browser has a connection to any network. Tracked. Code on a page reads [`AppContext::online`] instead, because the page
    /// ends before the app does.
    pub fn is_online(self) -> bool {
        self.online.get()
    }

    /// The signal behind [`AppContext::is_online`]. A page reads it with `read_until_cleanup`, which unsubscribes when the page is left.
    pub fn online(self) -> ReadSignal<bool> {
        self.online.read_only()
    }

    /// How often the browser has shown this page again from its back/forward cache. What a page shows of the user may be stale then, so the
    /// code that has read it reads it again when this signal changes.
    pub fn returns(self) -> ReadSignal<u32> {
        self.returns.read_only()
    }

    /// Whether the app was removed from the page, so that its signals are gone.
    pub fn has_ended(self) -> bool {
        self.url.try_with_untracked(|_| ()).is_none()
    }

    /// The page at the router's URL. The address bar shows that URL only after the page is rendered. Not tracked.
    pub fn current_route(self) -> Route {
        // A timer may run after the end of the app, of which a test starts several.
        self.url.try_with_untracked(|url| Route::at(self.app, url.path())).unwrap_or(Route::NotFound)
    }

    /// Whether the router's URL has this path. Not tracked.
    pub fn is_at(self, path: &str) -> bool {
        self.url.with_untracked(|url| url.path() == path)
    }

    /// Keeps the calling page open when a navigation leads to one of `paths`, because that page updates itself from the URL.
    pub fn follow_at(self, paths: Vec<String>) {
        self.own_paths.set_value(paths);
        on_cleanup(move || self.own_paths.set_value(Vec::new()));
    }

    /// Whether the current page stays open at `path` and updates itself ([`AppContext::follow_at`]).
    pub fn is_followed_at(self, path: &str) -> bool {
        self.own_paths.with_value(|paths| paths.iter().any(|it| it == path))
    }

    /// Makes screen readers announce `text`. They finish their current announcement first.
    pub fn announce(self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }

    /// The text of the live region. Tracked.
    pub fn announcement(self) -> String {
        self.announcement.get()
    }
}
