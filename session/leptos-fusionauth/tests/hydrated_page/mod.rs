//! A page that a server renders (test `ssr`) and a browser hydrates (test `hydrate`), and its HTML from the server.

use leptos::prelude::*;
use leptos_fusionauth::{SessionConfig, SessionProvider, SignedIn, SignedOut};

/// The HTML of the page from the server. A test in `ssr` compares it with the page, and rewrites the file if `UPDATE_HTML` is set.
pub(crate) const HTML: &str = include_str!("page.html");

/// The page: one part for signed-in users, one for others, and a button that works only after hydration.
pub(crate) fn page() -> impl IntoView {
    let clicks = RwSignal::new(0);
    view! {
        <SessionProvider config=SessionConfig::new("http://auth.shop.localhost:9011", "10000000-0000-0000-0000-000000000009")>
            <h1>"Shop"</h1>
            <SignedIn><p>"Signed in"</p></SignedIn>
            <SignedOut><p>"Signed out"</p></SignedOut>
            <button on:click=move |_| clicks.update(|it| *it += 1)>"Clicked " {clicks}</button>
        </SessionProvider>
    }
}
