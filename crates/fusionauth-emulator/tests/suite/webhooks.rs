//! Events that webhooks receive (<https://fusionauth.io/docs/extend/events-and-webhooks/events/>).

use crate::test_emulator::{HANG_GUARD, PASSWORD, client};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use fusionauth_emulator::{Emulator, Kickstart};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const KEY: &str = "a-key";
const APPLICATION: &str = "a1000000-0000-4000-8000-000000000001";
const USER: &str = "a1000000-0000-4000-8000-000000000002";

async fn keep(State(sender): State<UnboundedSender<Value>>, Json(body): Json<Value>) {
    sender.send(body["event"].clone()).unwrap();
}

/// A server that receives events, and its URL.
async fn receiver() -> (String, UnboundedReceiver<Value>) {
    let (sender, events) = unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", post(keep)).with_state(sender)).await });
    (url, events)
}

/// The next events, by their kinds, in which there must be `kinds` and no others. Deliveries overtake each other.
async fn next(events: &mut UnboundedReceiver<Value>, kinds: &[&str]) -> BTreeMap<String, Value> {
    let mut received = BTreeMap::new();
    for _ in kinds {
        let event = tokio::time::timeout(HANG_GUARD, events.recv()).await.expect("an event is missing").unwrap();
        assert!(event["createInstant"].is_i64() && event["id"].is_string(), "{event}");
        received.insert(event["type"].as_str().unwrap().to_owned(), event);
    }
    assert_eq!(received.keys().map(String::as_str).collect::<Vec<_>>(), kinds);
    received
}

#[tokio::test]
async fn webhooks_receive_the_events_of_a_user_s_life() {
    let (url, mut events) = receiver().await;
    let kinds = [
        "kickstart.success",
        "user.create",
        "user.create.complete",
        "user.delete.complete",
        "user.email.verified",
        "user.login.failed",
        "user.login.success",
        "user.reactivate",
        "user.registration.create",
        "user.registration.create.complete",
        "user.registration.delete",
        "user.registration.delete.complete",
        "user.registration.update",
        "user.registration.update.complete",
        "user.update",
        "user.update.complete",
    ];
    let enabled: BTreeMap<&str, bool> = kinds.map(|it| (it, true)).into();
    let kickstart = json!({"apiKeys": [{"key": KEY}], "requests": [
        {"method": "POST", "url": format!("/api/application/{APPLICATION}"), "body": {"application": {"name": "App"}}},
        {"method": "POST", "url": "/api/webhook", "body": {"webhook": {"url": url, "eventsEnabled": enabled}}},
        {"method": "PATCH", "url": "/api/tenant/#{FUSIONAUTH_TENANT_ID}", "body": {"tenant": {"emailConfiguration": {"verifyEmail": true}}}},
    ]});
    let emulator = Emulator::start(Kickstart::Json(kickstart.to_string())).await.unwrap();
    let call = async |method: Method, path: &str, body: Value| {
        let request = client().request(method, format!("{}{path}", emulator.base_url())).header("authorization", KEY);
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.unwrap().status().as_u16()
    };
    // https://fusionauth.io/docs/get-started/download-and-install/development/kickstart recommends to wait for this event.
    let ready = next(&mut events, &["kickstart.success"]).await;
    assert!(ready["kickstart.success"]["instanceId"].is_string(), "{ready:?}");

    let user = json!({"user": {"email": "ann@example.com", "password": PASSWORD}});
    assert_eq!(call(Method::POST, &format!("/api/user/{USER}"), user).await, 200);
    let created = next(&mut events, &["user.create", "user.create.complete"]).await;
    assert_eq!((&created["user.create"]["user"]["id"], &created["user.create"]["user"]["password"]), (&json!(USER), &Value::Null));

    let of_registration = format!("/api/user/registration/{USER}");
    let registration = json!({"registration": {"applicationId": APPLICATION}});
    assert_eq!(call(Method::POST, &of_registration, registration.clone()).await, 200);
    let registered = next(&mut events, &["user.registration.create", "user.registration.create.complete"]).await;
    assert_eq!(registered["user.registration.create"]["applicationId"], json!(APPLICATION));
    assert_eq!(call(Method::PUT, &of_registration, registration).await, 200);
    next(&mut events, &["user.registration.update", "user.registration.update.complete"]).await;

    let mut login = json!({"applicationId": APPLICATION, "loginId": "ann@example.com", "password": "wrong"});
    assert_eq!(call(Method::POST, "/api/login", login.clone()).await, 404);
    assert_eq!(next(&mut events, &["user.login.failed"]).await["user.login.failed"]["applicationId"], json!(APPLICATION));
    login["password"] = json!(PASSWORD);
    assert_eq!(call(Method::POST, "/api/login", login).await, 212);
    assert_eq!(next(&mut events, &["user.login.success"]).await["user.login.success"]["authenticationType"], json!("PASSWORD"));
    assert_eq!(call(Method::POST, "/api/user/verify-email", json!({"userId": USER})).await, 200);
    next(&mut events, &["user.email.verified"]).await;

    let path = format!("/api/user/{USER}");
    assert_eq!(call(Method::PATCH, &path, json!({"user": {"firstName": "Ann"}})).await, 200);
    let updated = next(&mut events, &["user.update", "user.update.complete"]).await;
    assert_eq!(
        (&updated["user.update"]["user"]["firstName"], &updated["user.update"]["original"]["firstName"]),
        (&json!("Ann"), &Value::Null)
    );
    assert_eq!(call(Method::DELETE, &path, Value::Null).await, 200);
    assert_eq!(call(Method::PUT, &format!("{path}?reactivate=true"), json!({})).await, 200);
    next(&mut events, &["user.reactivate"]).await;
    assert_eq!(call(Method::DELETE, &format!("{of_registration}/{APPLICATION}"), Value::Null).await, 200);
    next(&mut events, &["user.registration.delete", "user.registration.delete.complete"]).await;
    assert_eq!(call(Method::DELETE, &format!("{path}?hardDelete=true"), Value::Null).await, 200);
    next(&mut events, &["user.delete.complete"]).await;
}
