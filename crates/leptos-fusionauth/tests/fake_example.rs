#![cfg(target_arch = "wasm32")]

use leptos::{mount::mount_to, prelude::*, task::tick};
use leptos_fusionauth::{ApiRequest, Connection, FakeSession, SessionState, User, use_session};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A component of your application.
#[component]
fn Greeting() -> impl IntoView {
    let session = use_session();
    let name = LocalResource::new(move || async move { session.fetch(ApiRequest::get("/api/name")).await?.json::<String>().await });
    move || name.get().map(|it| it.unwrap_or_else(|error| error.to_string()))
}

#[wasm_bindgen_test]
async fn whoever_is_signed_in_is_greeted() {
    let host = document().create_element("div").unwrap();
    let _mounted = mount_to(host.clone().unchecked_into(), || {
        let user = User { id: "1".into(), email: None };
        let fake = FakeSession::provide(SessionState::SignedIn { user, connection: Connection::Good });
        fake.queue_response(Ok((200, r#""Ada""#)));
        Greeting()
    });
    tick().await;
    tick().await;
    assert_eq!(host.text_content().as_deref(), Some("Ada"));
}
