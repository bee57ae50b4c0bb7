//! The page of the example `form`, with a session: it signs in, sends a request with the access token, shows the user's id, and signs out.

use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::{ApiRequest, SessionConfig, SessionProvider, SessionState, use_session};

fn main() {
    mount_to_body(App);
}

#[component]
fn App() -> impl IntoView {
    let config = SessionConfig::new("http://auth.spa-local-storage.localhost:9011", "10000000-0000-0000-0000-000000000001");
    view! {
        <SessionProvider config=config>
            <Form />
        </SessionProvider>
    }
}

#[component]
fn Form() -> impl IntoView {
    let session = use_session();
    let (login_id, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let outcome = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let told = match session.sign_in(&login_id.get_untracked(), &password.get_untracked()).await {
                Ok(()) => match session.fetch(ApiRequest::get("/api/load-shopping-cart")).await {
                    Ok(response) => response.status().to_string(),
                    Err(error) => error.to_string(),
                },
                _ => "Not signed in".to_owned(),
            };
            outcome.set(told);
        });
    };
    let who = move || match session.state().get() {
        SessionState::SignedIn { user, .. } => user.id.clone(),
        SessionState::Loading | SessionState::SignedOut(_) => String::new(),
    };
    view! {
        <form on:submit=submit>
            <input prop:value=login_id on:input=move |event| login_id.set(event_target_value(&event)) />
            <input type="password" on:input=move |event| password.set(event_target_value(&event)) />
            <button>"Sign in"</button>
        </form>
        <p>{who} {outcome}</p>
        <button on:click=move |_| session.sign_out()>"Sign out"</button>
    }
}
