//! The page of `form` in an application that speaks JSON over fetch, as every storefront does, still without a session. What
//! `json_form_with_session` weighs more is what the session costs such an application.

use gloo_net::http::Request;
use leptos::{prelude::*, task::spawn_local};
use leptos_fusionauth::json;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct SignIn {
    login_id: String,
    password: String,
}

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

async fn cart(login_id: String, password: String) -> Option<String> {
    let body = json::encode(&SignIn { login_id, password });
    Request::post("/api/login").header("Content-Type", "application/json").body(body).ok()?.send().await.ok()?;
    let response = Request::get("/api/load-shopping-cart").send().await.ok()?;
    let cart: Cart = json::body(response).await.ok()?;
    Some(cart.lines.into_iter().map(|it| format!("{} {} ", it.quantity, it.name)).collect())
}

#[component]
fn App() -> impl IntoView {
    let (login_id, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let outcome = RwSignal::new(String::new());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move { outcome.set(cart(login_id.get_untracked(), password.get_untracked()).await.unwrap_or_default()) });
    };
    view! {
        <form on:submit=submit>
            <input prop:value=login_id on:input=move |event| login_id.set(event_target_value(&event)) />
            <input type="password" on:input=move |event| password.set(event_target_value(&event)) />
            <button>"Sign in"</button>
        </form>
        <p>{outcome}</p>
        <button on:click=move |_| outcome.set(String::new())>"Sign out"</button>
    }
}
