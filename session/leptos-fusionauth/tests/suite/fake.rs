//! Components with a fake session, as in an application's own tests.

use leptos::{mount::mount_to, prelude::*, task::tick};
use leptos_fusionauth::{
    ApiRequest, FakeCall, FakeSession, FetchError, LoginFailure, Method, SendCodeOutcome, SessionState, TrustDevice, User, use_session,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_component_shows_the_state_that_the_test_sets() {
    let host = document().create_element("div").unwrap();
    let (sender, fake) = std::sync::mpsc::channel();
    let component = move || {
        let fake = FakeSession::provide(SessionState::Loading);
        sender.send((fake, use_session())).unwrap();
        let view = use_session().state();
        move || match view.get() {
            SessionState::Loading => "loading".to_owned(),
            SessionState::SignedOut(why) => format!("out: {}", why.is_some()),
            SessionState::SignedIn { user, .. } => user.id,
        }
    };
    let _mounted = mount_to(host.clone().unchecked_into(), component);
    let (fake, session) = fake.recv().unwrap();
    assert_eq!(host.text_content().unwrap(), "loading");
    fake.set_state(SessionState::SignedOut(None));
    tick().await;
    assert_eq!(host.text_content().unwrap(), "out: false");
    fake.accept_sign_in(shopper());
    assert_eq!(session.sign_in("shopper@example.com", "a password").await, Ok(()));
    tick().await;
    assert_eq!(host.text_content().unwrap(), "shopper");
    session.sign_out();
    tick().await;
    assert_eq!(host.text_content().unwrap(), "out: true");
    assert_eq!(session.send_two_factor_code("id", "method").await, SendCodeOutcome::Sent);
    let expected = [FakeCall::SignIn { login_id: "shopper@example.com".into() }, FakeCall::SignOut, FakeCall::SendCode("method".into())];
    assert_eq!(fake.calls(), expected);
}

#[wasm_bindgen_test]
async fn queued_outcomes_and_responses_are_returned() {
    let owner = Owner::new();
    let fake = owner.with(|| FakeSession::provide(SessionState::SignedOut(None)));
    let session = owner.with(use_session);
    assert_eq!(session.sign_in("a", "b").await, Err(LoginFailure::NoAnswer));
    fake.reject_sign_in(LoginFailure::Locked);
    assert_eq!(session.complete_two_factor("id", "123456", TrustDevice::Yes).await, Err(LoginFailure::Locked));
    assert_eq!(session.state().get_untracked(), SessionState::SignedOut(None));

    fake.queue_response(Ok((200, r#""cart""#)));
    fake.queue_response(Err(FetchError::SignedOut));
    let Ok(answer) = session.fetch(ApiRequest::get("/api/load-shopping-cart")).await else { panic!("no answer") };
    assert_eq!((answer.status(), answer.json::<String>().await.unwrap()), (200, "cart".to_owned()));
    assert_eq!(session.fetch(ApiRequest::get("/api/user")).await.err(), Some(FetchError::SignedOut));
    assert_eq!(session.fetch(ApiRequest::get("/api/user")).await.err(), Some(FetchError::Network));
    assert_eq!(fake.calls().last(), Some(&FakeCall::Fetch(Method::GET, "/api/user".into())));
}

fn shopper() -> User {
    User { id: "shopper".into(), email: None }
}
