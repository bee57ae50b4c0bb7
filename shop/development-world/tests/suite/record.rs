//! The record of messages: it names the sender of a request and the credentials in the request, and contains no token.

use crate::test_world::TestWorld;
use test_support::issuer::{SHOPPER, STORE, token};

#[tokio::test]
async fn the_record_names_the_parties_and_no_token() {
    let world = TestWorld::recording().await;
    let token = token(SHOPPER, STORE);
    world.cart(&token).header("user-agent", "Mozilla/5.0").send().await.unwrap();
    let text = std::fs::read_to_string(world.folder.path().join("record.jsonl")).unwrap();
    let signature = token.rsplit('.').next().unwrap();
    assert!(!text.contains(signature) && !text.contains(&token[..40]), "{text}");
    let lines: Vec<wire_recorder::Message> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let [wire_recorder::Message::Request { from, to, path, credentials, .. }, wire_recorder::Message::Response { status, .. }] = &lines[..]
    else {
        panic!("{text}")
    };
    assert_eq!(
        (*from, *to, path.as_str(), *status),
        (wire_recorder::Actor::Browser, wire_recorder::Actor::Store, "/api/load-shopping-cart", 200)
    );
    assert_eq!(credentials[0].audience.as_deref(), Some(STORE));
}
