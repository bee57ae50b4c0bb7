//! Messages above every page: no connection, or a session that cannot be renewed or kept.

use crate::ui::{
    components,
    erased_view::{dynamic, none},
};
use leptos::{ev, prelude::*};
use leptos_fusionauth::{Connection, Notice, SessionState, use_session};

/// The banner, or an empty live region.
pub(super) fn banners() -> AnyView {
    let online = RwSignal::new(window().navigator().on_line());
    // Both listeners live as long as the app.
    window_event_listener(ev::online, move |_| online.set(true));
    window_event_listener(ev::offline, move |_| online.set(false));
    let (session, notice) = (use_session().state(), use_session().notice());
    let text = Memo::new(move |_| {
        match (online.get(), session.get()) {
        (false, _) => Some("You are offline. What is on this page stays; changes wait until you are back."),
        (true, SessionState::SignedIn { connection: Connection::Reconnecting, .. }) => {
            Some("Reconnecting: your sign-in can't be renewed at the moment. It is tried again by itself.")
        }
        (true, SessionState::SignedIn { .. }) => notice.get().map(|Notice::StorageUnavailable| {
            "This browser keeps nothing for this site, so you stay signed in until you close or reload the page."
        }),
        (true, SessionState::SignedOut(_) | SessionState::Loading) => None,
    }
    });
    let banner = move || match text.get() {
        Some(text) => view! { <p class="banner">{components::icon("cloud")}{text}</p> }.into_any(),
        None => none(),
    };
    view! { <div role="status">{dynamic(banner)}</div> }.into_any()
}
