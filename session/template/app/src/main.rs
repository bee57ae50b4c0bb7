//! A page for everyone, a page for signed-in users, and the sign-in page.

use leptos::{ev::SubmitEvent, html::Input, prelude::*, task::spawn_local};
use leptos_fusionauth::{
    ApiRequest, LoginFailure, RequireSession, SessionConfig, SessionProvider, SessionState, SignOutReason, return_to, use_session,
};
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::{NavigateOptions, hooks::use_location, hooks::use_navigate, path};

fn main() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let config = SessionConfig::new(setting("fusionauth-url"), setting("application-id"));
    view! {
        <SessionProvider config=config>
            <Router>
                <main>
                    <Routes fallback=|| "There is no such page.">
                        <Route path=path!("/") view=|| view! { <h1>"Notes"</h1> <A href="/notes">"Your notes"</A> } />
                        <Route path=path!("/notes") view=|| view! { <RequireSession loading=|| "One moment…"><NotesPage /></RequireSession> } />
                        <Route path=path!("/login") view=SignInPage />
                    </Routes>
                </main>
            </Router>
        </SessionProvider>
    }
}

/// The content of a `<meta>` element in index.html, so that one build runs in every environment.
fn setting(name: &str) -> String {
    let element = document().query_selector(&format!("meta[name={name}]")).ok().flatten();
    element.and_then(|it| it.get_attribute("content")).unwrap_or_else(|| panic!("index.html has no <meta name={name}>"))
}

#[component]
fn NotesPage() -> impl IntoView {
    let session = use_session();
    let notes = LocalResource::new(move || async move { session.fetch(ApiRequest::get("/api/notes")).await?.json::<Vec<String>>().await });
    let item = |note: String| view! { <li>{note}</li> };
    let list = move || match notes.get() {
        None => "One moment…".into_any(),
        Some(Ok(notes)) => view! { <ul>{notes.into_iter().map(item).collect_view()}</ul> }.into_any(),
        Some(Err(error)) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
    };
    view! { <h1>"Your notes"</h1> {list} <button on:click=move |_| session.sign_out()>"Sign out"</button> }
}

#[component]
fn SignInPage() -> impl IntoView {
    let (session, location, navigate) = (use_session(), use_location(), use_navigate());
    let (email, password) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let (problem, is_sending) = (RwSignal::new(""), RwSignal::new(false));
    Effect::new(move |_| match session.state().get() {
        SessionState::SignedIn { .. } => {
            let next = return_to(&location.search.get_untracked(), "/login").unwrap_or_else(|| "/notes".into());
            navigate(&next, NavigateOptions { replace: true, ..Default::default() });
        }
        SessionState::SignedOut(Some(SignOutReason::Expired)) => problem.set("Your session has expired. Sign in again."),
        SessionState::SignedOut(_) | SessionState::Loading => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_sending.get_untracked() {
            return;
        }
        is_sending.set(true);
        // Password managers fill inputs without an event, so the inputs are read here.
        let value = |input: NodeRef<Input>| input.get_untracked().map(|it| it.value()).unwrap_or_default();
        let (login_id, secret) = (value(email), value(password));
        spawn_local(async move {
            let result = session.sign_in(&login_id, &secret).await;
            // After a sign-in the page may be gone.
            is_sending.try_set(false);
            if let (Err(failure), Some(Some(input))) = (result, password.try_get_untracked()) {
                problem.set(text_of(&failure));
                input.set_value("");
                // Without focus, the form still works.
                let _ = input.focus();
            }
        });
    };
    view! {
        <h1>"Sign in"</h1>
        <form on:submit=submit>
            <p role="alert" id="problem">{problem}</p>
            <p><label>"Email " <input node_ref=email autocomplete="username" inputmode="email" required aria-describedby="problem" /></label></p>
            <p>
                <label>
                    "Password "
                    <input node_ref=password type="password" autocomplete="current-password" required aria-describedby="problem" />
                </label>
            </p>
            <button aria-disabled=move || is_sending.get().to_string()>"Sign in"</button>
        </form>
    }
}

fn text_of(failure: &LoginFailure) -> &'static str {
    match failure {
        LoginFailure::InvalidCredentials => "The email or password is wrong.",
        LoginFailure::NoAnswer | LoginFailure::Unavailable { .. } => "No answer. Try again in a moment.",
        // A second factor, a password that must be changed and so on. Each has its own variant.
        _ => "This account can't sign in here.",
    }
}
