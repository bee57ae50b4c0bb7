use crate::{login_path, use_session};
use fusionauth_session::SessionState;
use leptos::{
    prelude::*,
    reactive::graph::{Observer, Source, ToAnySource},
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

/// Shows `children` to somebody who is signed in, `loading` while that is not known, and takes everybody else to
/// `login`, with the way back and without a history entry. When another person signs in, the page is made anew, so that
/// nothing of the first is left on it.
///
/// It guards what is shown, not data: only a backend can do that.
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
    let view = use_session().state();
    let who = Memo::new(move |_| {
        unsubscribe_on_cleanup(view);
        view.with(Who::of)
    });
    let location = use_location();
    let navigate = use_navigate();
    Effect::new(move |_| {
        if who.get() == Who::Nobody {
            let current = format!("{}{}", location.pathname.get_untracked(), query(&location.search.get_untracked()));
            navigate(&login_path(login, &current), NavigateOptions { replace: true, ..NavigateOptions::default() });
        }
    });
    move || match who.get() {
        Who::Somebody(_) => children(),
        Who::Nobody | Who::Unknown => loading(),
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Who {
    Unknown,
    Nobody,
    /// By id.
    Somebody(String),
}

impl Who {
    fn of(view: &SessionState) -> Self {
        match view {
            SessionState::Loading => Self::Unknown,
            SessionState::SignedOut(_) => Self::Nobody,
            SessionState::SignedIn { user, .. } => Self::Somebody(user.id.clone()),
        }
    }
}

fn query(search: &str) -> String {
    if search.is_empty() { String::new() } else { format!("?{search}") }
}

/// Ends the current observer's subscription with its owner. Leptos 0.8 keeps a dead observer subscribed to a signal that
/// outlives it, so every visit to a guarded page would leave a little behind.
fn unsubscribe_on_cleanup(signal: impl ToAnySource) {
    if let Some(observer) = Observer::get() {
        let source = signal.to_any_source();
        on_cleanup(move || source.remove_subscriber(&observer));
    }
}
