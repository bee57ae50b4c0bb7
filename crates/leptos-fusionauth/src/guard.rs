//! Components that show their children only to signed-in users. They guard what is shown, and no data: only a backend
//! can do that.

use crate::{login_path, use_session};
use fusionauth_session::SessionState;
use leptos::{
    prelude::*,
    reactive::graph::{Observer, Source, ToAnySource},
};

/// Shows its children to somebody who is signed in. When another person signs in, they are made anew, so that nothing of the
/// first is left.
#[component]
pub fn SignedIn(
    /// The content for somebody who is signed in.
    children: ChildrenFn,
) -> impl IntoView {
    let viewer = viewer();
    move || matches!(viewer.get(), Viewer::User(_)).then(|| children())
}

/// Shows its children when it is known that nobody is signed in.
#[component]
pub fn SignedOut(
    /// The content for everybody who is not signed in, such as the sign-in form.
    children: ChildrenFn,
) -> impl IntoView {
    let viewer = viewer();
    move || (viewer.get() == Viewer::Nobody).then(|| children())
}

/// Shows its children to somebody who is signed in, `loading` while that is not known, and takes everybody else to `login`,
/// with the way back and without a history entry. When another person signs in, the children are made anew, so that nothing of
/// the first is left.
///
/// Below a `<Router>` of `leptos_router` (feature `router`) the sign-in page is a route of the application; elsewhere it is
/// loaded as a page of its own.
#[component]
pub fn RequireSession(
    /// Path of the sign-in page.
    #[prop(default = "/login")]
    login: &'static str,
    /// What stands there while it is not known whether somebody is signed in.
    #[prop(optional, into)]
    loading: ViewFn,
    /// The content of the page.
    children: ChildrenFn,
) -> impl IntoView {
    let viewer = viewer();
    let go_to_login = go_to_login(login);
    Effect::new(move |_| {
        if viewer.get() == Viewer::Nobody {
            go_to_login();
        }
    });
    move || match viewer.get() {
        Viewer::User(_) => children(),
        Viewer::Nobody | Viewer::Unknown => loading.run(),
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Viewer {
    Unknown,
    Nobody,
    /// The signed-in user, by id.
    User(String),
}

/// The signed-in user, if there is one. A renewal that fails changes the session's state, but not this.
fn viewer() -> Memo<Viewer> {
    let state = use_session().state();
    Memo::new(move |_| {
        unsubscribe_on_cleanup(state);
        state.with(|it| match it {
            SessionState::Loading => Viewer::Unknown,
            SessionState::SignedOut(_) => Viewer::Nobody,
            SessionState::SignedIn { user, .. } => Viewer::User(user.id.clone()),
        })
    })
}

/// Ends the current observer's subscription with its owner. Leptos 0.8 keeps a dead observer subscribed to a signal that
/// outlives it, so every visit to a guarded page would leave a little behind.
fn unsubscribe_on_cleanup(signal: impl ToAnySource) {
    if let Some(observer) = Observer::get() {
        let source = signal.to_any_source();
        on_cleanup(move || source.remove_subscriber(&observer));
    }
}

/// Takes the browser to the sign-in page, by the router where there is one.
#[cfg(feature = "router")]
fn go_to_login(login: &'static str) -> impl Fn() {
    use leptos_router::{
        NavigateOptions,
        hooks::{use_location, use_navigate},
        location::BrowserUrl,
    };
    // The hooks panic where there is no router; the context that a router provides in a browser says whether there is one.
    let router = use_context::<BrowserUrl>().map(|_| (use_location(), use_navigate()));
    move || match &router {
        Some((location, navigate)) => {
            // The address bar may still show the page that the user comes from, so the router is asked.
            let search = location.search.get_untracked();
            let mark = if search.is_empty() { "" } else { "?" };
            let current = location.pathname.get_untracked() + mark + &search;
            navigate(&login_path(login, &current), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
        None => load_login(login),
    }
}

/// Takes the browser to the sign-in page.
#[cfg(not(feature = "router"))]
fn go_to_login(login: &'static str) -> impl Fn() {
    move || load_login(login)
}

/// Loads the sign-in page in place of this one.
fn load_login(login: &str) {
    let location = window().location();
    let current = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let login = login_path(login, &current);
    // Without the way back this is the sign-in page itself, which would be loaded for ever.
    if login.contains('?') {
        let _ = location.replace(&login);
    }
}
