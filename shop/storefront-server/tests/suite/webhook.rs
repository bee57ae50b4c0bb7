//! FusionAuth's events: after an event, every instance refuses the access token within a second. An event that FusionAuth has not signed
//! changes nothing.
//!
//! The tests count polls of the database: an instance polls at least once a second, and the first poll after an event finds the event.

use crate::log::Log;
use crate::test_cluster::{Browser, HANG_GUARD, PASSWORD, TestCluster, forums, store};
use crate::test_server::{Host, TestServer, problem};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Parser;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::any::AnyPoolOptions;
use std::time::Duration;
use storefront_server::auth::revoked_access::{IssuedTo, LONGEST_TOKEN_LIFE, POLL_INTERVAL, RevokedAccess, Subject};
use storefront_server::clock::now_ms;
use storefront_server::{config::Config, router::Additions, server::Server};
use test_support::issuer::{FORUMS, KEY, OTHER_KEY, SECOND, SHOPPER, STORE, claims, now};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// An access token of this session, issued `age` seconds ago.
fn token(user: &str, application: &str, session: &str, age: u64) -> String {
    let mut claims = claims(user, application);
    claims["sid"] = json!(session);
    claims["iat"] = json!(now() - age);
    KEY.sign(&claims)
}

fn hash(body: &str) -> Value {
    json!({"request_body_sha256": STANDARD.encode(digest(&SHA256, body.as_bytes()))})
}

async fn send(server: &TestServer, body: &str, signature: Option<&str>) -> StatusCode {
    let request = server.ask(Method::POST, Host::Store, "/api/fusionauth/events").header("content-type", "application/json");
    let request = signature.into_iter().fold(request, |it, signature| it.header("X-FusionAuth-Signature-JWT", signature));
    request.body(body.to_owned()).send().await.unwrap().status()
}

async fn tell(server: &TestServer, event: &Value) {
    let body = json!({ "event": event }).to_string();
    assert_eq!(send(server, &body, Some(&KEY.sign(&hash(&body)))).await, StatusCode::NO_CONTENT, "{event}");
}

async fn status(server: &TestServer, host: Host, token: &str) -> StatusCode {
    let path = if host == Host::Store { "/api/load-shopping-cart" } else { "/api/load-posts" };
    server.get(host, path).bearer_auth(token).send().await.unwrap().status()
}

/// Waits until the server refuses the token.
async fn until_refused(server: &TestServer, token: &str) {
    let refused = async { while status(server, Host::Store, token).await == StatusCode::OK {} };
    timeout(HANG_GUARD, refused).await.expect("the server still accepts the token");
}

fn revoked(more: &Value) -> Value {
    let mut event = json!({
        "type": "jwt.refresh-token.revoke",
        "id": "e",
        "createInstant": now() * 1_000,
        "applicationTimeToLiveInSeconds": {STORE: 300},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[tokio::test]
async fn a_sign_out_ends_its_access_tokens_on_every_instance_within_a_second() {
    let server = TestServer::start().await;
    let other = server.another_instance().await;
    let (stolen, same_user) = (token(SHOPPER, STORE, "session-one", 0), token(SHOPPER, STORE, "session-two", 0));
    for instance in [&server, &other] {
        assert_eq!(status(instance, Host::Store, &stolen).await, StatusCode::OK); // from now on, the token is in the cache
    }
    tell(&server, &revoked(&json!({"userId": SHOPPER, "applicationId": STORE, "refreshToken": {"id": "SESSION-ONE"}}))).await;
    assert_eq!(status(&server, Host::Store, &stolen).await, StatusCode::UNAUTHORIZED);
    until_refused(&other, &stolen).await;
    for instance in [&server, &other] {
        assert_eq!(status(instance, Host::Store, &same_user).await, StatusCode::OK, "another sign-in of the same user stays valid");
    }
    let started = server.another_instance().await;
    assert_eq!(
        status(&started, Host::Store, &stolen).await,
        StatusCode::UNAUTHORIZED,
        "an instance reads the list before its first request"
    );
}

#[tokio::test]
async fn an_instance_that_cannot_read_the_list_of_revoked_access_does_not_start() {
    let server = TestServer::start().await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("ALTER TABLE revoked_access RENAME TO revoked_access_elsewhere").execute(&db).await.unwrap();
    let arguments = ["storefront-server", "--listen", "127.0.0.1:0", "--database-url", &server.database_url];
    let config = Config::try_parse_from(arguments.into_iter().chain(["--fusionauth-url", &server.issuer.url])).unwrap();
    let error = Server::bind(config, Additions::default()).await.err().expect("the server must not accept revoked tokens");
    assert_eq!(error.to_string(), "the list of revoked access cannot be read");
}

#[tokio::test]
async fn an_instance_looks_for_revoked_access_in_every_second() {
    const { assert!(POLL_INTERVAL.as_millis() <= 1_000) };
    let log = Log::of_this_thread();
    let server = TestServer::start().await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    db.close().await; // so that each poll fails at once and logs a line
    let stopping = CancellationToken::new();
    let following = tokio::spawn(RevokedAccess::new(db, Duration::ZERO).follow(stopping.clone()));
    log.until_count("the list of revoked access cannot be read", 3).await;
    stopping.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn the_first_look_after_an_event_finds_it() {
    let server = TestServer::start().await;
    let (counter, mut looks) = watch::channel(0);
    let pool = AnyPoolOptions::new().max_connections(1).before_acquire(move |_, _| {
        counter.send_modify(|it| *it += 1);
        Box::pin(async { Ok(true) })
    });
    let other = RevokedAccess::new(pool.connect(&server.database_url).await.unwrap(), Duration::ZERO);
    let stopping = CancellationToken::new();
    let following = tokio::spawn(other.clone().follow(stopping.clone()));
    looks.wait_for(|it| *it > 0).await.unwrap();
    let token = IssuedTo { user: SHOPPER, application: STORE, session: Some("session-one"), issued_at: None };
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    let session = Subject::Session("session-one".to_owned());
    RevokedAccess::new(db, Duration::ZERO).revoke(&session, now_ms(), LONGEST_TOKEN_LIFE).await.unwrap();
    let begun = *looks.borrow();
    looks.wait_for(|it| *it > begun + 1).await.unwrap(); // the second poll has begun, so the first poll after the event has ended
    assert!(other.includes(&token));
    stopping.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn all_sign_ins_of_a_user_end_in_the_application_that_the_event_names() {
    let (server, before) = (TestServer::start().await, token(SHOPPER, STORE, "a", 5));
    tell(&server, &revoked(&json!({"userId": SHOPPER}))).await;
    assert_eq!(status(&server, Host::Store, &before).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&server, Host::Store, &token(SHOPPER, STORE, "b", 0)).await, StatusCode::OK, "a sign-in after the event is valid");
    assert_eq!(status(&server, Host::Forums, &token(SHOPPER, FORUMS, "c", 5)).await, StatusCode::OK);
    assert_eq!(status(&server, Host::Store, &token(SECOND, STORE, "d", 5)).await, StatusCode::OK);
    // A late event undoes nothing.
    let mut late = revoked(&json!({"userId": SHOPPER}));
    late["createInstant"] = json!((now() - 60) * 1_000);
    tell(&server, &late).await;
    assert_eq!(status(&server, Host::Store, &before).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_user_who_is_locked_deleted_or_has_a_new_password_loses_every_token_and_an_application_those_of_all() {
    let server = TestServer::start().await;
    for (at, kind) in ["user.deactivate", "user.delete", "user.password.update"].into_iter().enumerate() {
        let user = format!("30000000-0000-0000-0000-00000000000{at}");
        assert_eq!(status(&server, Host::Forums, &token(&user, FORUMS, "s", 5)).await, StatusCode::OK);
        let of_this_second = token(&user, FORUMS, "s", 0);
        tell(&server, &json!({"type": kind, "createInstant": now() * 1_000, "user": {"id": user, "email": "x@example.com"}})).await;
        assert_eq!(status(&server, Host::Forums, &token(&user, FORUMS, "s", 5)).await, StatusCode::UNAUTHORIZED, "{kind}");
        if kind == "user.password.update" {
            assert_eq!(status(&server, Host::Forums, &token(&user, FORUMS, "s", 0)).await, StatusCode::OK, "the next sign-in is valid");
        } else {
            assert_eq!(
                status(&server, Host::Forums, &of_this_second).await,
                StatusCode::UNAUTHORIZED,
                "{kind}: the user cannot sign in again"
            );
        }
    }
    tell(&server, &revoked(&json!({"applicationId": STORE}))).await;
    assert_eq!(status(&server, Host::Store, &token(SECOND, STORE, "s", 5)).await, StatusCode::UNAUTHORIZED);
    tell(&server, &json!({"type": "user.login.success", "createInstant": 1})).await;
}

#[tokio::test]
async fn an_event_that_fusionauth_has_not_signed_changes_nothing() {
    let server = TestServer::start().await;
    let body = json!({"event": revoked(&json!({"applicationId": STORE}))}).to_string();
    let of_another_body = KEY.sign(&hash("{}"));
    let by_another_key = OTHER_KEY.sign(&hash(&body));
    let access_token = token(SHOPPER, STORE, "s", 0);
    for signature in [None, Some("nonsense"), Some(of_another_body.as_str()), Some(&by_another_key), Some(&access_token)] {
        assert_eq!(send(&server, &body, signature).await, StatusCode::UNAUTHORIZED, "{signature:?}");
    }
    assert_eq!(status(&server, Host::Store, &token(SHOPPER, STORE, "s", 5)).await, StatusCode::OK);
    assert_eq!(send(&server, "no json", Some(&KEY.sign(&hash("no json")))).await, StatusCode::BAD_REQUEST);
}

/// The whole path of an event. The emulator acts as FusionAuth: it sends a signed event to one instance, and retries until the instance
/// accepts the event.
#[tokio::test]
async fn a_stolen_access_token_ends_with_the_sign_out_at_fusionauth_on_both_instances() {
    let cluster = TestCluster::start_with(&[], 2).await;
    let [first, second] = cluster.addresses[..] else { panic!("the cluster needs two instances") };
    let [first, second] = [first, second].map(|it| cluster.browser().at(it));
    let host = store("spa-local-storage");
    let url = format!("http://{}:{}/api/fusionauth/events", host, first.address().port());
    let enabled = json!({"jwt.refresh-token.revoke": true, "user.password.update": true});
    let signature = json!({"enabled": true, "signingKeyId": "30000000-0000-0000-0000-000000000002"});
    let webhook = json!({"url": url, "global": true, "eventsEnabled": enabled, "signatureConfiguration": signature});
    cluster.admin(Method::POST, "/api/webhook", json!({ "webhook": webhook })).await;
    let read = async |browser: &Browser, token: &str| {
        let request = browser.request(Method::GET, &host, "/api/load-shopping-cart").bearer_auth(token);
        request.send().await.unwrap().status()
    };
    let sign_in = async || {
        let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
        cluster.admin(Method::POST, "/api/login", login).await.json::<Value>().await.unwrap()
    };
    let (stolen, other) = (sign_in().await, sign_in().await);
    for browser in [&first, &second] {
        assert_eq!(read(browser, stolen["token"].as_str().unwrap()).await, StatusCode::OK);
    }
    cluster.admin(Method::POST, "/api/logout", json!({"refreshToken": stolen["refreshToken"]})).await;
    for browser in [&first, &second] {
        let refused = async { while read(browser, stolen["token"].as_str().unwrap()).await == StatusCode::OK {} };
        timeout(HANG_GUARD, refused).await.expect("the server still accepts the stolen token");
        assert_eq!(read(browser, other["token"].as_str().unwrap()).await, StatusCode::OK, "another sign-in of the same user stays valid");
    }
}

/// `GET /api/jwt/issue` needs no API key. Its documentation says that the new token expires with the old one, and that its
/// `authenticationType` is `JWT_SSO` (<https://fusionauth.io/docs/apis/jwt#issue-a-jwt>). FusionAuth does not know that the old one is revoked.
#[tokio::test]
async fn a_token_that_fusionauth_exchanges_for_a_stolen_one_opens_nothing() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let stolen: Value = cluster.admin(Method::POST, "/api/login", login).await.json().await.unwrap();
    let exchanged = async |application: &str, with: &str| {
        let url = format!("{}/api/jwt/issue?applicationId={application}{with}", cluster.fusionauth.base_url());
        let client = test_support::http_client();
        let answer: Value = client.get(url).bearer_auth(stolen["token"].as_str().unwrap()).send().await.unwrap().json().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    };
    let with_refresh_token = format!("&refreshToken={}", stolen["refreshToken"].as_str().unwrap());
    let before = exchanged(STORE, "").await;
    cluster.admin(Method::POST, "/api/logout", json!({"refreshToken": stolen["refreshToken"]})).await;
    for (application, token) in [
        (STORE, before),
        (STORE, exchanged(STORE, "").await),
        (FORUMS, exchanged(FORUMS, "").await),
        (STORE, exchanged(STORE, &with_refresh_token).await),
    ] {
        let (host, path) = match application {
            STORE => (store("spa-local-storage"), "/api/load-shopping-cart"),
            _ => (forums("spa-local-storage"), "/api/load-posts"),
        };
        let answer = browser.request(Method::GET, &host, path).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{application}");
        assert_eq!(problem(answer).await.kind, "/problems/token-invalid");
    }
}
