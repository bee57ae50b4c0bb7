//! The cache of verified access tokens accepts no token that a verification without the cache would refuse.

use crate::keys::UNKNOWN_CLIENT;
use crate::test_server::{Host, TestServer, fresh_database};
use reqwest::StatusCode;
use serde_json::json;
use std::time::Duration;
use storefront_server::auth::error::Error;
use storefront_server::auth::jwks::{FetchIntervals, Jwks};
use storefront_server::auth::revoked_access::RevokedAccess;
use storefront_server::auth::verifier::Verifier;
use storefront_server::auth::verify::{BearerToken, Expected, TokenError};
use storefront_server::clock::Clock;
use tempfile::TempDir;
use test_support::issuer::{FORUMS, Issuer, KEY, OTHER_KEY, SHOPPER, STORE, claims, now, token};

/// A verifier that fetches the keys again with each token.
async fn verifier(issuer: &Issuer, folder: &TempDir, clock: Clock) -> Verifier {
    let db = storefront_server::database::open(&fresh_database(folder.path()).await).await.unwrap();
    let intervals =
        FetchIntervals { cool_down: Duration::ZERO, retry_after: Duration::ZERO, max_age: Duration::ZERO, ..FetchIntervals::default() };
    let expected = Expected { issuer: "storefront.example".to_owned(), application_id: STORE.to_owned(), leeway: 0 };
    let revoked = RevokedAccess::new(db.clone(), Duration::ZERO);
    Verifier::new(Jwks::new(&issuer.url, "test", intervals, db).unwrap(), expected, revoked, clock)
}

#[tokio::test]
async fn a_token_expires_although_it_is_cached() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let issued_at = now();
    let clock = Clock::default();
    let verifier = verifier(&issuer, &folder, clock.clone()).await;
    let mut short = claims(SHOPPER, STORE);
    short["exp"] = json!(issued_at + 7_200);
    let short = BearerToken::new(&KEY.sign(&short));
    for (hours, is_good) in [(0, true), (1, true), (2, false)] {
        match verifier.verify(&short, UNKNOWN_CLIENT).await {
            Ok(identity) => assert!(is_good && identity.user_id == SHOPPER, "after {hours} h"),
            Err(error) => assert!(!is_good && matches!(error, Error::TokenRefused(TokenError::Expired)), "after {hours} h: {error}"),
        }
        clock.advance(Duration::from_secs(3_600));
    }
}

#[tokio::test]
async fn a_cached_token_opens_no_other_application_and_no_other_token() {
    let server = TestServer::start().await;
    let status = async |host, token: &str| {
        let path = if host == Host::Store { "/api/load-shopping-cart" } else { "/api/load-posts" };
        server.get(host, path).bearer_auth(token).send().await.unwrap().status()
    };
    let (store, forums) = (token(SHOPPER, STORE), token(SHOPPER, FORUMS));
    for _ in 0..2 {
        assert_eq!(status(Host::Store, &store).await, StatusCode::OK);
        assert_eq!(status(Host::Forums, &store).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(Host::Forums, &forums).await, StatusCode::OK);
        assert_eq!(status(Host::Store, &forums).await, StatusCode::UNAUTHORIZED);
    }
    let (signed, signature) = store.rsplit_once('.').unwrap();
    let (_, other_signature) = forums.rsplit_once('.').unwrap();
    for forged in [format!("{signed}.{other_signature}"), format!("{signed}."), format!("{signed}.{signature}A"), signed.to_owned()] {
        assert_eq!(status(Host::Store, &forged).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_cached_token_is_refused_when_its_key_is_withdrawn_or_replaced() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let verifier = verifier(&issuer, &folder, Clock::default()).await;
    let token = BearerToken::new(&token(SHOPPER, STORE));
    for _ in 0..2 {
        assert_eq!(verifier.verify(&token, UNKNOWN_CLIENT).await.unwrap().user_id, SHOPPER);
    }
    issuer.publish(vec![OTHER_KEY.published()]);
    assert!(matches!(verifier.verify(&token, UNKNOWN_CLIENT).await, Err(Error::TokenRefused(TokenError::UnknownKey))));
    let mut replaced = OTHER_KEY.published();
    replaced["kid"] = json!(KEY.id);
    issuer.publish(vec![replaced]);
    assert!(matches!(verifier.verify(&token, UNKNOWN_CLIENT).await, Err(Error::TokenRefused(TokenError::Signature))));
    issuer.publish(vec![KEY.published()]);
    assert!(verifier.verify(&token, UNKNOWN_CLIENT).await.is_ok());
}
