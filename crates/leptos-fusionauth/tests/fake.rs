//! Components under a fake session: what an application's own tests do.

#![cfg(target_arch = "wasm32")]

use leptos::{mount::mount_to, prelude::*, task::tick};
use leptos_fusionauth::{ApiRequest, Asked, FakeSession, FetchError, Method, SignIn, User, View, json, use_session};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_component_shows_what_the_test_says() {
    let host = document().create_element("div").unwrap();
    let (sender, fake) = std::sync::mpsc::channel();
    let component = move || {
        let fake = FakeSession::provide(View::Loading);
        sender.send((fake, use_session())).unwrap();
        let view = use_session().view();
        move || match view.get() {
            View::Loading => "loading".to_owned(),
            View::SignedOut(why) => format!("out: {}", why.is_some()),
            View::SignedIn { user, .. } => user.id,
        }
    };
    let _mounted = mount_to(host.clone().unchecked_into(), component);
    let (fake, session) = fake.recv().unwrap();
    assert_eq!(host.text_content().unwrap(), "loading");
    fake.show(View::SignedOut(None));
    tick().await;
    assert_eq!(host.text_content().unwrap(), "out: false");
    fake.accepts(shopper());
    assert_eq!(session.sign_in("shopper@example.com", "a password").await, SignIn::SignedIn);
    tick().await;
    assert_eq!(host.text_content().unwrap(), "shopper");
    session.sign_out();
    tick().await;
    assert_eq!(host.text_content().unwrap(), "out: true");
    assert_eq!(fake.asked(), [Asked::SignIn { login_id: "shopper@example.com".into() }, Asked::SignOut]);
}

#[wasm_bindgen_test]
async fn refusals_and_answers_come_as_told() {
    let owner = Owner::new();
    let fake = owner.with(|| FakeSession::provide(View::SignedOut(None)));
    let session = owner.with(use_session);
    assert_eq!(session.sign_in("a", "b").await, SignIn::NoAnswer);
    fake.refuses(SignIn::Locked);
    assert_eq!(session.complete_two_factor("id", "123456").await, SignIn::Locked);
    assert_eq!(session.view().get_untracked(), View::SignedOut(None));

    fake.answers(Ok((200, r#""cart""#)));
    fake.answers(Err(FetchError::SignedOut));
    let answer = session.fetch(ApiRequest::get("/api/load-shopping-cart")).await.unwrap();
    assert_eq!((answer.status(), json::body::<String>(answer).await.unwrap()), (200, "cart".to_owned()));
    assert_eq!(session.fetch(ApiRequest::get("/api/user")).await.unwrap_err(), FetchError::SignedOut);
    assert_eq!(session.fetch(ApiRequest::get("/api/user")).await.unwrap_err(), FetchError::Network);
    assert_eq!(fake.asked().last(), Some(&Asked::Fetch(Method::Get, "/api/user".into())));
}

fn shopper() -> User {
    User { id: "shopper".into(), email: None }
}
