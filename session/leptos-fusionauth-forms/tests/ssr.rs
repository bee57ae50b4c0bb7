//! The forms on a server.

#![cfg(not(target_arch = "wasm32"))]

use leptos::prelude::*;
use leptos_fusionauth::{FakeSession, SessionState};
use leptos_fusionauth_forms::{English, PasskeySignIn, SignIn};

#[test]
fn a_server_renders_the_first_form_and_does_not_ask_for_a_browsers_passkeys() {
    let html = Owner::new().with(|| {
        FakeSession::provide(SessionState::Loading);
        let passkeys = PasskeySignIn { are_on: || panic!("asked"), start: |_| panic!("asked"), storage_key: "passkey-user" };
        view! { <SignIn design=English passkeys/> }.to_html()
    });
    assert!(html.contains(r#"id="login""#) && !html.contains("passkey"), "{html}");
}
