use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::{LoginFailure, SessionConfig, SessionProvider, SignedIn, SignedOut, use_session};

fn main() {
    leptos::mount::mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    // FusionAuth's URL as the browser sees it, and the application's id there.
    let config = SessionConfig::new("http://auth.shop.localhost:9011", "10000000-0000-0000-0000-000000000001");
    view! {
        <SessionProvider config=config>
            <SignedOut><SignInForm /></SignedOut>
            <SignedIn><SignOutButton /></SignedIn>
        </SessionProvider>
    }
}

#[component]
fn SignInForm() -> impl IntoView {
    let session = use_session();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let message = RwSignal::new("");
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
            <button>"Sign in"</button>
            <p role="alert">{message}</p>
        </form>
    }
}

#[component]
fn SignOutButton() -> impl IntoView {
    let session = use_session();
    view! { <button on:click=move |_| session.sign_out()>"Sign out"</button> }
}
