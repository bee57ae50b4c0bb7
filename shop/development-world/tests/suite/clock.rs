//! `POST /clock`: it moves the server's clock, and only for callers on this machine.

use crate::test_world::{DEVELOPERS, FORUMS, STORE, TestWorld};
use reqwest::{Method, StatusCode};
use serde_json::json;
use test_support::issuer::{self, KEY, SHOPPER, claims, now};

const LIFE_SECONDS: u64 = 100;

#[tokio::test]
async fn a_token_expires_as_soon_as_the_clock_has_moved_past_its_life() {
    let world = TestWorld::start(&["--demo-data"]).await;
    let mut claims = claims(SHOPPER, issuer::STORE);
    claims["exp"] = json!(now() + LIFE_SECONDS);
    let token = KEY.sign(&claims);
    let status = async || world.cart(&token).send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);
    let moved = world.ask(Method::POST, DEVELOPERS, "/clock").json(&json!({"advanceSeconds": LIFE_SECONDS})).send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::NO_CONTENT);
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_clock_is_on_no_site_and_no_other_site_can_move_it() {
    let world = TestWorld::start(&["--demo-data"]).await;
    let body = json!({"advanceSeconds": 0});
    for host in [STORE, FORUMS] {
        let answer = world.ask(Method::POST, host, "/clock").json(&body).send().await.unwrap();
        assert!(!answer.status().is_success(), "{host}: {}", answer.status());
    }
    let form = world.ask(Method::POST, DEVELOPERS, "/clock").header("content-type", "text/plain").body(body.to_string());
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let rebound = world.ask(Method::POST, DEVELOPERS, "/clock").header("host", "attacker.example").json(&body);
    assert_eq!(rebound.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
