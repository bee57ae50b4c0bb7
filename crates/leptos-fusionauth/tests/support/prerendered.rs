// What a server renders and a browser hydrates, in the tests of both.

use leptos::prelude::*;
use leptos_fusionauth::{SessionConfig, SessionProvider, SessionState, SignedOut, use_session};

/// What the server makes of [`page`].
pub(crate) const HTML: &str = include_str!("prerendered.html");

pub(crate) fn page() -> impl IntoView {
    let config = SessionConfig::new("http://auth.shop.localhost:9011", "00000000-0000-0000-0000-000000000000");
    view! {
        <SessionProvider config=config>
            <main>{content}</main>
        </SessionProvider>
    }
}

fn content() -> impl IntoView {
    let state = use_session().state();
    let text = move || match state.get() {
        SessionState::Loading => "One moment",
        SessionState::SignedOut(_) => "Nobody",
        SessionState::SignedIn { .. } => "Somebody",
    };
    view! {
        <p>{text}</p>
        <SignedOut><form></form></SignedOut>
    }
}
