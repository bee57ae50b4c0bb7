use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::{ApiRequest, LoginFailure, RequireSession, SessionConfig, SessionProvider, SessionState, return_to, use_session};
use leptos_router::components::{A, Route, Router, Routes};
use leptos_router::{NavigateOptions, hooks::use_location, hooks::use_navigate, path};

fn main() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let config = SessionConfig::new("http://auth.spa-local-storage.localhost:9011", "10000000-0000-0000-0000-000000000001");
    view! {
        <SessionProvider config=config>
            <Router>
                <Routes fallback=|| "There is no such page.">
                    <Route path=path!("/") view=|| view! { <A href="/cart">"Your cart"</A> } />
                    <Route path=path!("/cart") view=|| view! { <RequireSession loading=|| "One moment…"><CartPage /></RequireSession> } />
                    <Route path=path!("/login") view=Login />
                </Routes>
            </Router>
        </SessionProvider>
    }
}

#[derive(Clone, serde::Deserialize)]
struct Cart {
    lines: Vec<Line>,
}

#[derive(Clone, serde::Deserialize)]
struct Line {
    name: String,
}

#[component]
fn CartPage() -> impl IntoView {
    let session = use_session();
    let cart =
        LocalResource::new(move || async move { session.fetch(ApiRequest::get("/api/load-shopping-cart")).await?.json::<Cart>().await });
    let item = |it: Line| view! { <li>{it.name}</li> };
    let content = move || {
        cart.get().map(|it| match it {
            Ok(cart) => view! { <ul>{cart.lines.into_iter().map(item).collect_view()}</ul> }.into_any(),
            Err(error) => view! { <p role="alert">{error.to_string()}</p> }.into_any(),
        })
    };
    view! { <h1>"Your cart"</h1> {content} <button on:click=move |_| session.sign_out()>"Sign out"</button> }
}

#[component]
fn Login() -> impl IntoView {
    let (session, location, navigate) = (use_session(), use_location(), use_navigate());
    Effect::new(move |_| {
        if let SessionState::SignedIn { .. } = session.state().get() {
            let next = return_to(&location.search.get_untracked(), "/login").unwrap_or_else(|| "/".into());
            navigate(&next, NavigateOptions { replace: true, ..Default::default() });
        }
    });
    let (email, password, message) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(""));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            message.set(match session.sign_in(&email.get_untracked(), &password.get_untracked()).await {
                Ok(()) => "",
                Err(LoginFailure::InvalidCredentials) => "The email or password is wrong.",
                _ => "Signing in did not work. Try again in a moment.",
            });
        });
    };
    view! {
        <form on:submit=submit>
            <label>"Email " <input autocomplete="username" bind:value=email /></label>
            <label>"Password " <input type="password" autocomplete="current-password" bind:value=password /></label>
            <button>"Sign in"</button> <p role="alert">{message}</p>
        </form>
    }
}
