//! Chooses the page for the router's URL. `<Routes>` would do the same, but add 14 KB more to the first load than the `match` in the shell.

use crate::{
    core::{AppContext, Route},
    ui::{document, scroll},
};
use leptos::{ev, prelude::*};
use leptos_fusionauth::current_path;
use leptos_router::{
    hooks::use_url,
    location::{BrowserUrl, LocationChange, LocationProvider, State},
};

/// The current page. It changes with the path, unless the page itself follows the new URL ([`AppContext::follow_at`]).
pub(super) fn shown_page(context: AppContext) -> ReadSignal<Route> {
    let (url, router) = (use_url(), use_context::<BrowserUrl>().expect("below the router"));
    remember_history_steps(router.clone());
    let path = StoredValue::new(url.with_untracked(|url| url.path().to_owned()));
    let (page, show) = signal(path.with_value(|path| Route::at(context.app, path)));
    // This effect runs before those of the header and of the page, because it is the first that reads the URL.
    let follow = RenderEffect::new(move |before: Option<()>| {
        let new = url.with(|url| url.path().to_owned());
        if before.is_some() {
            scroll::navigated();
        }
        if path.with_value(|path| *path != new) && !context.is_followed_at(&new) {
            document::release_focus();
            show.set(Route::at(context.app, &new));
        }
        path.set_value(new);
        // Updates the address bar before the page's own effects run, because one of them may replace this history entry. The redirect of
        // the guard does so, for example.
        router.ready_to_complete();
    });
    on_cleanup(move || drop(follow));
    page
}

/// Tells the router about each step back or forward, by replacing the history entry with itself. Otherwise the router may compare the next
/// link with a page that is not the current page, and may push no history entry for the link (docs/upstream.md).
fn remember_history_steps(router: BrowserUrl) {
    let listener = window_event_listener(ev::popstate, move |_| {
        // The state has the id of the entry's scroll position.
        let state = State::new(window().history().ok().and_then(|history| history.state().ok()));
        router.complete_navigation(&LocationChange { value: current_path(), scroll: false, state, ..LocationChange::default() });
    });
    on_cleanup(move || listener.remove());
}
