//! Components that show their children depending on the session's state: `SignedIn`, `AfterSignIn`, `SignedOut`, and `RequireSession`,
//! which redirects signed-out users to the sign-in page. They protect no data: the backend must check every request itself.

use crate::{
    SessionState, current_path, login_path,
    roles::{Role, with_role},
    use_session,
};
use leptos::{
    prelude::*,
    reactive::graph::{Observer, Source, ToAnySource},
};

/// Shows its children to signed-in users, or only to those with the `role` if there is one. When another user signs in, the children are
/// created again, so that no state of the first user remains.
#[component]
pub fn SignedIn(
    /// The role that the user must have in this application; see `Session::has_role`. Needs the feature `roles`.
    #[prop(optional)]
    role: Option<Role>,
    /// The content for signed-in users.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_auth_state();
    let children = with_role(role, None, children);
    move || matches!(auth.get(), AuthState::SignedIn(_)).then(|| children())
}

/// Shows its children after a sign-in, here or in another tab, until the sign-out. It does not show them to users who are signed in already
/// when they open the page.
#[component]
pub fn AfterSignIn(
    /// Whether the page was opened signed out. Only a component that is mounted later than the page needs this.
    #[prop(optional)]
    was_signed_out: bool,
    /// The content after a sign-in.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_auth_state();
    let was_signed_out = StoredValue::new(was_signed_out);
    move || match auth.get() {
        AuthState::SignedIn(_) => was_signed_out.get_value().then(|| children()),
        AuthState::SignedOut => {
            was_signed_out.set_value(true);
            None
        }
        AuthState::Loading => None,
    }
}

/// Shows its children to signed-out users, once the session's state is known.
#[component]
pub fn SignedOut(
    /// The content for signed-out users, such as the sign-in form.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_auth_state();
    move || (auth.get() == AuthState::SignedOut).then(|| children())
}

/// Shows its children to signed-in users, and `loading` to all others. With `role`, it shows `forbidden` to signed-in users without the
/// role. Redirects signed-out users to `login` by replacing the history entry. The redirect's query parameter names the current page with
/// its fragment, so that the user can return to it after the sign-in. When another user signs in, the children are created again, so that
/// no state of the first user remains.
///
/// `redirect` opens the sign-in page. Without `redirect`, the `<Router>` of `leptos_router` around the component opens it (feature
/// `router`). Without such a router, the browser loads the sign-in page.
#[component]
pub fn RequireSession(
    /// Path of the sign-in page.
    #[prop(default = "/login")]
    login: &'static str,
    /// The content while the session's state is unknown, and during the redirect.
    #[prop(optional, into)]
    loading: ViewFn,
    /// Opens the sign-in page at the given path, in an application with another router.
    #[prop(optional, into)]
    redirect: Option<Callback<String>>,
    /// The role that the user must have in this application; see `Session::has_role`. Needs the feature `roles`.
    #[prop(optional)]
    role: Option<Role>,
    /// The content for signed-in users without the role.
    #[prop(optional, into)]
    forbidden: Option<ViewFn>,
    /// The content of the page.
    children: ChildrenFn,
) -> impl IntoView {
    let auth = use_auth_state();
    let by_default = login_redirect(login);
    let children = with_role(role, forbidden, children);
    Effect::new(move |_| {
        if auth.get() == AuthState::SignedOut {
            match redirect {
                Some(redirect) => redirect.run(login_path(login, &current_path())),
                None => by_default(),
            }
        }
    });
    move || match auth.get() {
        AuthState::SignedIn(_) => children(),
        AuthState::SignedOut | AuthState::Loading => loading.run(),
    }
}

#[derive(Clone, PartialEq, Eq)]
enum AuthState {
    Loading,
    SignedOut,
    /// The user's id.
    SignedIn(String),
}

/// Whether a user is signed in, and which. A failed renewal changes the session's state, but not this memo's value, so the children are not
/// created again.
fn use_auth_state() -> Memo<AuthState> {
    let state = use_session().state();
    Memo::new(move |_| {
        unsubscribe_on_cleanup(state);
        state.with(|it| match it {
            SessionState::Loading => AuthState::Loading,
            SessionState::SignedOut(_) => AuthState::SignedOut,
            SessionState::SignedIn { user, .. } => AuthState::SignedIn(user.id.clone()),
        })
    })
}

/// Ends the current observer's subscription when the observer's owner is cleaned up. Leptos 0.8 keeps a dead observer
/// subscribed to a signal that outlives it, so every visit to a guarded page would leak one subscriber.
pub(crate) fn unsubscribe_on_cleanup(signal: impl ToAnySource) {
    if let Some(observer) = Observer::get() {
        let source = signal.to_any_source();
        on_cleanup(move || source.remove_subscriber(&observer));
    }
}

/// Returns the redirect to the sign-in page. It uses the router, if there is one.
#[cfg(feature = "router")]
fn login_redirect(login: &'static str) -> impl Fn() {
    use leptos_router::{
        NavigateOptions,
        hooks::{use_location, use_navigate},
        location::BrowserUrl,
    };
    // The hooks panic without a router. In a browser, the context that a router provides shows whether one exists.
    let router = use_context::<BrowserUrl>().map(|_| (use_location(), use_navigate()));
    move || match &router {
        Some((location, navigate)) => {
            // The current path comes from the router, because `window.location` may still be the previous page during a navigation.
            let search = location.search.get_untracked();
            let separator = if search.is_empty() { "" } else { "?" };
            let current = location.pathname.get_untracked() + separator + &search + &location.hash.get_untracked();
            navigate(&login_path(login, &current), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
        None => redirect_to_login(login),
    }
}

/// Returns the redirect to the sign-in page.
#[cfg(not(feature = "router"))]
fn login_redirect(login: &'static str) -> impl Fn() {
    move || redirect_to_login(login)
}

/// Loads the sign-in page in place of this one.
fn redirect_to_login(login: &str) {
    let location = window().location();
    let login = login_path(login, &current_path());
    // `login_path` adds no query if the current path is not a safe return path, such as the sign-in page itself. Redirecting to the sign-in
    // page would then reload it endlessly.
    if login.contains('?') {
        let _ = location.replace(&login);
    }
}
