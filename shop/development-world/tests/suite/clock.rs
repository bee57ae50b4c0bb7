//! `POST /clock`: it moves the server's clock, and only for callers on this machine.

use crate::issuer::{KEY, SHOPPER, STORE, claims, now};
use crate::test_server::{Host, TestServer};
use reqwest::{Method, StatusCode};
use serde_json::json;

const LIFE_SECONDS: u64 = 100;

#[tokio::test]
async fn a_token_expires_as_soon_as_the_clock_has_moved_past_its_life() {
    let server = TestServer::start().await;
    let mut claims = claims(SHOPPER, STORE);
    claims["exp"] = json!(now() + LIFE_SECONDS);
    let token = KEY.sign(&claims);
    let status = async || server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(&token).send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);
    let moved = server.ask(Method::POST, Host::Unknown, "/clock").json(&json!({"advanceSeconds": LIFE_SECONDS})).send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::NO_CONTENT);
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_clock_is_on_no_site_and_no_other_site_can_move_it() {
    let server = TestServer::start().await;
    let body = json!({"advanceSeconds": 0});
    for host in [Host::Store, Host::Forums] {
        let answer = server.ask(Method::POST, host, "/clock").json(&body).send().await.unwrap();
        assert!(!answer.status().is_success(), "{host:?}: {}", answer.status());
    }
    let form = server.ask(Method::POST, Host::Unknown, "/clock").header("content-type", "text/plain").body(body.to_string());
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let rebound = server.ask(Method::POST, Host::Unknown, "/clock").header("host", "attacker.example").json(&body);
    assert_eq!(rebound.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
