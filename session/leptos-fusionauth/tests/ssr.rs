//! A server has neither the storage nor the cookies of the user's browser, so each session is *loading* on a server.

#![cfg(not(target_arch = "wasm32"))]

mod hydrated_page;

use leptos::prelude::*;
use leptos_fusionauth::{ApiRequest, FetchError, LoginFailure, SessionConfig, SessionProvider, SessionState, use_session};

#[test]
fn a_prerendered_page_is_loading() {
    let owner = Owner::new();
    let html = owner.with(|| view! { <SessionProvider config=config()>{content}</SessionProvider> }.to_html());
    assert!(html.contains("One moment"), "{html}");
}

#[test]
fn the_page_that_a_browser_hydrates_is_what_a_server_renders() {
    let html = Owner::new().with(|| hydrated_page::page().to_html());
    if std::env::var_os("UPDATE_HTML").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hydrated_page/page.html"), &html).unwrap();
    }
    assert_eq!(html, hydrated_page::HTML);
}

#[tokio::test]
async fn a_server_sends_no_request_to_fusionauth() {
    let owner = Owner::new();
    let session = owner.with(|| {
        let (sender, session) = std::sync::mpsc::channel();
        let hand_out = move || sender.send(use_session()).unwrap();
        let _ = view! { <SessionProvider config=config()>{hand_out()}</SessionProvider> };
        session.recv().unwrap()
    });
    assert_eq!(session.sign_in("shopper@example.com", "a password").await, Err(LoginFailure::NoAnswer));
    assert_eq!(session.fetch(ApiRequest::get("/api/user")).await.err(), Some(FetchError::Reconnecting));
    session.sign_out();
    assert_eq!(session.state().get_untracked(), SessionState::Loading);
}

fn content() -> &'static str {
    match use_session().state().get() {
        SessionState::Loading => "One moment",
        SessionState::SignedOut(_) => "Signed out",
        SessionState::SignedIn { .. } => "Signed in",
    }
}

fn config() -> SessionConfig {
    SessionConfig::new("http://auth.shop.localhost:9011", "10000000-0000-0000-0000-000000000001")
}
