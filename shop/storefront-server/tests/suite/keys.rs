//! FusionAuth's public keys: when the server fetches them, and when it uses the keys that it already has.

use crate::test_server::{Host, TestServer, fresh_database, problem};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header};
use reqwest::StatusCode;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use storefront_server::auth::jwks::{FetchIntervals, Jwks, KeyError};
use storefront_server::http::client_address::ClientAddress;
use storefront_server::http::rate_limit::Rate;
use tempfile::TempDir;
use test_support::issuer::{Issuer, KEY, OTHER_KEY, SHOPPER, STORE, claims, token};
use test_support::reserved_port::ReservedPort;

/// A client with an unknown IP address.
pub(crate) const UNKNOWN_CLIENT: ClientAddress = ClientAddress(None);

async fn status(server: &TestServer, token: &str) -> StatusCode {
    server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(token).send().await.unwrap().status()
}

#[tokio::test]
async fn one_fetch_serves_many_requests_and_says_who_asks() {
    let server = TestServer::start().await;
    for _ in 0..20 {
        assert_eq!(status(&server, &token(SHOPPER, STORE)).await, StatusCode::OK);
    }
    assert_eq!(server.issuer.fetches(), [format!("storefront-store/{}", env!("CARGO_PKG_VERSION"))]);
}

#[tokio::test]
async fn a_key_with_a_leading_zero_byte_verifies_tokens() {
    let server = TestServer::start().await;
    let mut padded = KEY.published();
    for number in ["n", "e"] {
        let bytes = URL_SAFE_NO_PAD.decode(padded[number].as_str().unwrap()).unwrap();
        padded[number] = URL_SAFE_NO_PAD.encode([&[0], bytes.as_slice()].concat()).into();
    }
    server.issuer.publish(vec![padded]);
    assert_eq!(status(&server, &token(SHOPPER, STORE)).await, StatusCode::OK);
}

#[tokio::test]
async fn concurrent_first_requests_share_one_fetch() {
    let server = TestServer::start().await;
    let good = token(SHOPPER, STORE);
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let request = server.get(Host::Store, "/api/load-shopping-cart").bearer_auth(&good);
        all.spawn(async move { request.send().await.unwrap().status() });
    }
    assert!(all.join_all().await.iter().all(|it| *it == StatusCode::OK));
    assert_eq!(server.issuer.fetches().len(), 1);
}

#[tokio::test]
async fn a_flood_of_unknown_key_ids_causes_no_flood_of_fetches() {
    let server = TestServer::start().await;
    let began = std::time::Instant::now();
    for n in 0..200 {
        let header = Header { kid: Some(format!("invented-{n}")), ..Header::new(Algorithm::RS256) };
        let forged = OTHER_KEY.sign_with(&header, &claims(SHOPPER, STORE));
        assert_eq!(status(&server, &forged).await, StatusCode::UNAUTHORIZED);
    }
    // The server fetches once for its first keys and twice at once for this client. Then it fetches once in each interval, and once at once
    // in 30 seconds.
    let allowed = 3 + (began.elapsed().as_secs() / FetchIntervals::default().cool_down.as_secs() + began.elapsed().as_secs() / 30) as usize;
    let fetches = server.issuer.fetches().len();
    assert!((1..=allowed).contains(&fetches), "{fetches} fetches, {allowed} allowed");
    assert_eq!(status(&server, &token(SHOPPER, STORE)).await, StatusCode::OK, "the server still accepts valid tokens");
}

#[tokio::test]
async fn tokens_that_no_key_could_save_cause_no_fetch() {
    let server = TestServer::start().await;
    for bad in ["", "hello", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        assert_eq!(status(&server, bad).await, StatusCode::UNAUTHORIZED);
    }
    assert!(server.issuer.fetches().is_empty());
}

/// The cached keys of this issuer, with the given intervals, no wait before a retry, and a new database. No test lasts until the limits of
/// immediate fetches allow one more.
async fn jwks(issuer: &Issuer, folder: &TempDir, cool_down: Duration, max_age: Duration) -> Jwks {
    let db = storefront_server::database::open(&fresh_database(folder.path()).await).await.unwrap();
    jwks_on(issuer, db, cool_down, max_age)
}

fn jwks_on(issuer: &Issuer, db: sqlx::AnyPool, cool_down: Duration, max_age: Duration) -> Jwks {
    let unknown_keys = [2, 20].map(|it| Rate::new(NonZeroU32::new(it).unwrap(), Duration::from_secs(36_000)));
    Jwks::new(&issuer.url, "test", FetchIntervals { cool_down, unknown_keys, retry_after: Duration::ZERO, max_age }, db).unwrap()
}

/// If a user leaves a page before its first answer, the next page still works.
#[tokio::test]
async fn a_client_that_hangs_up_during_a_fetch_keeps_nobody_from_the_keys_but_causes_no_flood() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let db = storefront_server::database::open(&fresh_database(folder.path()).await).await.unwrap();
    let intervals = FetchIntervals { retry_after: Duration::from_secs(3_600), ..FetchIntervals::default() };
    let jwks = |db: &sqlx::AnyPool| Jwks::new(&issuer.url, "test", intervals, db.clone()).unwrap();
    let hang_up = async |jwks: &Jwks| {
        let mut asking = Box::pin(jwks.key(KEY.id, UNKNOWN_CLIENT));
        std::future::poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_pending())).await
    };
    let interrupted_once = jwks(&db);
    assert!(hang_up(&interrupted_once).await, "the fetch is in flight");
    assert!(interrupted_once.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());

    let interrupted_often = jwks(&db);
    for _ in 0..3 {
        assert!(hang_up(&interrupted_often).await, "the client may cause the first fetch and two more");
    }
    assert!(matches!(interrupted_often.key(KEY.id, UNKNOWN_CLIENT).await, Err(KeyError::Unreachable)));
}

#[tokio::test]
async fn a_key_that_has_just_come_into_use_is_fetched_at_once() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let jwks = jwks(&issuer, &folder, Duration::MAX, Duration::MAX).await;
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    issuer.publish(vec![KEY.published(), OTHER_KEY.published()]);
    assert!(jwks.key(OTHER_KEY.id, UNKNOWN_CLIENT).await.is_ok(), "an unknown key id causes a fetch right after the last one");
    assert_eq!(issuer.fetches().len(), 2);
}

#[tokio::test]
async fn one_client_that_invents_key_ids_takes_no_other_clients_share_and_all_have_a_limit() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let jwks = jwks(&issuer, &folder, Duration::MAX, Duration::MAX).await;
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    let client = |number: u8| ClientAddress(Some(IpAddr::from([192, 0, 2, number]).into()));
    for number in 0..20 {
        assert!(matches!(jwks.key(&format!("invented-{number}"), client(1)).await, Err(KeyError::Unknown)));
    }
    assert_eq!(issuer.fetches().len(), 3, "two of the invented ids caused a fetch");
    issuer.publish(vec![KEY.published(), OTHER_KEY.published()]);
    assert!(jwks.key(OTHER_KEY.id, client(2)).await.is_ok(), "another client has its own share");
    for number in 3..100 {
        assert!(matches!(jwks.key("invented", client(number)).await, Err(KeyError::Unknown)));
    }
    assert_eq!(issuer.fetches().len(), 21, "all clients together may cause twenty fetches");
}

#[tokio::test]
async fn old_keys_are_forgotten_when_fusionauth_no_longer_publishes_them() {
    let issuer = Issuer::start().await;
    let folder = TempDir::new().unwrap();
    let jwks = jwks(&issuer, &folder, Duration::ZERO, Duration::ZERO).await;
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    issuer.publish(vec![OTHER_KEY.published()]);
    assert!(matches!(jwks.key(KEY.id, UNKNOWN_CLIENT).await, Err(KeyError::Unknown)));
    assert!(jwks.key(OTHER_KEY.id, UNKNOWN_CLIENT).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_fetched_again_unchanged_stays_the_same_object() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let jwks = jwks(&issuer, &folder, Duration::ZERO, Duration::ZERO).await;
    let first = jwks.key(KEY.id, UNKNOWN_CLIENT).await.unwrap();
    let again = jwks.key(KEY.id, UNKNOWN_CLIENT).await.unwrap();
    assert_eq!(issuer.fetches().len(), 2);
    assert!(Arc::ptr_eq(&first, &again), "a new object would make the server verify every token again");
    let mut replaced = OTHER_KEY.published();
    replaced["kid"] = KEY.id.into();
    issuer.publish(vec![replaced]);
    assert!(!Arc::ptr_eq(&first, &jwks.key(KEY.id, UNKNOWN_CLIENT).await.unwrap()));
}

#[tokio::test]
async fn old_keys_stay_good_while_fusionauth_is_away() {
    let issuer = Issuer::start().await;
    let folder = TempDir::new().unwrap();
    let jwks = jwks(&issuer, &folder, Duration::ZERO, Duration::ZERO).await;
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    issuer.fail(true);
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    assert!(matches!(jwks.key(OTHER_KEY.id, UNKNOWN_CLIENT).await, Err(KeyError::Unreachable)));
    issuer.fail(false);
    assert!(
        matches!(jwks.key(OTHER_KEY.id, UNKNOWN_CLIENT).await, Err(KeyError::Unknown)),
        "the server asks again when FusionAuth is back"
    );
}

#[tokio::test]
async fn the_keys_of_the_last_run_are_good_while_fusionauth_is_away() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let db = storefront_server::database::open(&fresh_database(folder.path()).await).await.unwrap();
    let last_run = jwks_on(&issuer, db.clone(), Duration::ZERO, Duration::MAX);
    assert!(last_run.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    issuer.fail(true);
    let this_run = jwks_on(&issuer, db.clone(), Duration::ZERO, Duration::MAX);
    assert!(this_run.known(KEY.id).await.is_some(), "no request to FusionAuth is needed");
    assert!(jwks_on(&issuer, db, Duration::ZERO, Duration::MAX).key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
}

#[tokio::test]
async fn an_empty_set_of_keys_refuses_nobody() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    issuer.publish(vec![]);
    let jwks = jwks(&issuer, &folder, Duration::ZERO, Duration::ZERO).await;
    assert!(matches!(jwks.key(KEY.id, UNKNOWN_CLIENT).await, Err(KeyError::Unreachable)));
    issuer.publish(vec![KEY.published()]);
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok());
    issuer.publish(vec![]);
    assert!(jwks.key(KEY.id, UNKNOWN_CLIENT).await.is_ok(), "the earlier keys stay valid");
}

#[tokio::test]
async fn keys_that_do_not_fit_are_left_out() {
    let issuer = Issuer::start().await;
    let mut encryption = KEY.published();
    encryption["use"] = "enc".into();
    let secret = serde_json::json!({"kty": "oct", "kid": "secret", "k": "c2VjcmV0"});
    issuer.publish(vec![serde_json::json!({"kty": "future"}), secret, encryption, OTHER_KEY.published()]);
    let url = issuer.url.clone();
    let server = TestServer::start_on(issuer, &url, &[]).await;
    assert_eq!(status(&server, &token(SHOPPER, STORE)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&server, &OTHER_KEY.sign(&claims(SHOPPER, STORE))).await, StatusCode::OK);
}

#[tokio::test]
async fn without_fusionauth_no_token_is_verified() {
    // Nothing listens on this port.
    let port = ReservedPort::new().unwrap();
    let issuer = Issuer::start().await;
    let server = TestServer::start_on(issuer, &format!("http://{}", port.address), &["--demo-data"]).await;
    for path in ["/api/load-shopping-cart", "/api/user"] {
        let answer = server.get(Host::Store, path).bearer_auth(token(SHOPPER, STORE)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "1");
        assert_eq!(problem(answer).await.kind, "/problems/sign-in-service-unavailable");
    }
    assert_eq!(status(&server, "hello").await, StatusCode::UNAUTHORIZED, "the server rejects a malformed token without any key");
    let products = server.get(Host::Store, "/api/products").send().await.unwrap();
    assert_eq!(products.status(), StatusCode::OK, "requests that need no token succeed");
    assert_eq!(server.get(Host::Store, "/healthz").send().await.unwrap().status(), StatusCode::OK);
}
