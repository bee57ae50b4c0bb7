//! The page of `json_form` with a session in place of its own sign-in.

use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::{ApiRequest, Carrier, Session, SessionConfig, SessionProvider, SignIn, View, json, use_session};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cart {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    quantity: u32,
}

fn main() {
    mount_to_body(App);
}

async fn cart(session: Session, login_id: String, password: String) -> Option<String> {
    if session.sign_in(&login_id, &password).await != SignIn::SignedIn {
        return None;
    }
    let response = session.fetch(ApiRequest::get("/api/load-shopping-cart")).await.ok()?;
    let cart: Cart = json::body(response).await.ok()?;
    Some(cart.lines.into_iter().map(|it| format!("{} {} ", it.quantity, it.name)).collect())
}

#[component]
fn App() -> impl IntoView {
    let config = SessionConfig {
        fusionauth_url: "http://auth.spa-local-storage.localhost:9011".into(),
        application_id: "10000000-0000-0000-0000-000000000001".into(),
        tenant_id: None,
        carrier: Carrier::LocalStorage,
    };
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
            outcome.set(cart(session, login_id.get_untracked(), password.get_untracked()).await.unwrap_or_default());
        });
    };
    let who = move || match session.view().get() {
        View::SignedIn { user, .. } => user.id.clone(),
        View::Loading | View::SignedOut(_) => String::new(),
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
