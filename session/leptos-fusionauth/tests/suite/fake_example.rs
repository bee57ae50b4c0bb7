#![cfg(target_arch = "wasm32")]

use leptos::{mount::mount_to, prelude::*, task::tick};
use leptos_fusionauth::{Connection, FakeCall, FakeSession, SessionState, SignedIn, SignedOut, User, use_session};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A component of your application.
#[component]
fn Menu() -> impl IntoView {
    let session = use_session();
    view! {
        <SignedIn><button on:click=move |_| session.sign_out()>"Sign out"</button></SignedIn>
        <SignedOut>"You are signed out."</SignedOut>
    }
}

#[wasm_bindgen_test]
async fn the_menu_signs_out() {
    let host = document().create_element("div").unwrap();
    let (sender, fake) = std::sync::mpsc::channel();
    let _mounted = mount_to(host.clone().unchecked_into(), move || {
        let user = User { id: "1".into(), email: None };
        sender.send(FakeSession::provide(SessionState::SignedIn { user, connection: Connection::Good })).unwrap();
        Menu()
    });
    let fake = fake.recv().unwrap();
    let button = host.query_selector("button").unwrap().expect("a button");
    button.unchecked_into::<web_sys::HtmlElement>().click();
    tick().await;
    assert_eq!(fake.calls(), [FakeCall::SignOut]);
    assert_eq!(host.text_content().as_deref(), Some("You are signed out."));
}
