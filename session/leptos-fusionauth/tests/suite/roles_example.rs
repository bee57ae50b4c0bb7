use leptos::prelude::*;
use leptos_fusionauth::{RequireSession, SignedIn, use_session};

#[component]
fn ReportsPage() -> impl IntoView {
    view! {
        <RequireSession role="moderator" forbidden=|| "This page is for moderators.">
            <h1>"Reported posts"</h1>
        </RequireSession>
    }
}

#[component]
fn Menu() -> impl IntoView {
    let session = use_session();
    let title = move || if session.has_role("moderator") { "Posts and reports" } else { "Posts" };
    view! { <a href="/posts">{title}</a> <SignedIn role="moderator"><a href="/reports">"Reports"</a></SignedIn> }
}
