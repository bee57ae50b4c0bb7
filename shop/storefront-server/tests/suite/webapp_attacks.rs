//! The server-rendered workflows under attack: what a thief of each credential can do, and what stops the thief.

use crate::test_cluster::{TestCluster, attacker, set_cookies, sign_in_by_form, store};
use crate::webapp_steps::{WORKFLOWS, credential, text, with_expired_credential};
use reqwest::StatusCode;

const CART: &str = "/shopping-cart";

#[tokio::test]
async fn a_refresh_token_with_the_expired_credential_opens_until_it_is_revoked_or_seen_twice() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        cluster.one_time_use().await;
        let browser = with_expired_credential(&cluster, workflow).await;
        let stolen = browser.cookie_header(&store);
        let alone = format!("storefront_refresh_token={}", browser.cookie(&store, "storefront_refresh_token").unwrap());
        assert_eq!(attacker(&browser, &store, CART, &alone).await.status(), StatusCode::FOUND, "{workflow}: a refresh token alone");
        assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::OK, "the thief renews first");
        cluster.forget_renewals().await;
        cluster.expire_sessions().await;
        assert_eq!(browser.get(&store, CART).await.status(), StatusCode::FOUND, "{workflow}: the shopper has to sign in again");
    }
}

#[tokio::test]
async fn a_stolen_jwt_works_until_it_expires_and_is_not_renewed() {
    let (cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-jwt")).await;
    let stolen = format!("storefront_jwt={}", browser.cookie(&store, "storefront_jwt").unwrap());
    let answer = attacker(&browser, &store, CART, &stolen).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 0));
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::OK, "a sign-out without webhooks does not end it");
    let browser = with_expired_credential(&cluster, "webapp-jwt").await;
    let stolen = format!("storefront_jwt={}", browser.cookie(&store, "storefront_jwt").unwrap());
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::FOUND);
    assert_eq!(cluster.refreshes(), 0);
}

#[tokio::test]
async fn a_stolen_session_id_works_until_the_session_is_ended() {
    let (cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-session")).await;
    let stolen = format!("storefront_session={}", browser.cookie(&store, "storefront_session").unwrap());
    let before = expiry(&cluster).await;
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::OK);
    assert_eq!(expiry(&cluster).await, before, "a request writes nothing until part of the idle time has passed");
    let age = "UPDATE sessions SET checked_at = checked_at - 200000, expires_at = expires_at - 200000";
    sqlx::query(age).execute(&cluster.database().await).await.unwrap();
    let answer = attacker(&browser, &store, CART, &stolen).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 0));
    assert!(expiry(&cluster).await >= before, "the thief's requests extend the session, too");
    assert_eq!(browser.post_form(&store, "/logout", &[]).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::FOUND, "the session ends at once, unlike a JWT");
}

#[tokio::test]
async fn a_stolen_session_id_ends_at_the_absolute_maximum_and_the_shoppers_does_not() {
    let flags = ["--session-idle", "6000", "--session-max", "12000"];
    let (cluster, store) = (TestCluster::start_with(&flags, 1).await, store("webapp-session"));
    let browser = cluster.signed_in(&store, "shopper@example.com").await;
    let stolen = format!("storefront_session={}", browser.cookie(&store, "storefront_session").unwrap());
    // The attacker uses the session steadily. Without a maximum, the session would never expire.
    for expected in [StatusCode::OK, StatusCode::OK, StatusCode::FOUND] {
        age_sessions(&cluster, 5_000).await;
        assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), expected);
    }
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK, "the shopper's refresh token renews the session");
    assert_eq!(cluster.refreshes(), 1);
}

#[tokio::test]
async fn a_new_sign_in_has_a_new_session_and_ends_the_old_one() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    // The server does not accept a planted cookie.
    browser.set_cookie(&store, "storefront_session", "planted");
    sign_in_by_form(&browser, &store, "shopper@example.com").await;
    let first = browser.cookie(&store, "storefront_session").unwrap();
    assert_ne!(first, "planted");
    sign_in_by_form(&browser, &store, "second@example.com").await;
    assert_ne!(browser.cookie(&store, "storefront_session").unwrap(), first);
    let answer = attacker(&browser, &store, CART, &format!("storefront_session={first}")).await;
    assert_eq!(answer.status(), StatusCode::FOUND);
    assert!(text(browser.get(&store, CART).await).await.contains("Your cart is empty"), "the page shows the cart of the second user");
}

#[tokio::test]
async fn sessions_are_kept_hashed() {
    let (cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-session")).await;
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT id, hash FROM sessions JOIN refresh_tokens ON refresh_tokens.family = sessions.family")
            .fetch_all(&cluster.database().await)
            .await
            .unwrap();
    assert_eq!(rows.len(), 1);
    let text = format!("{rows:?}");
    for name in ["storefront_session", "storefront_refresh_token"] {
        assert!(!text.contains(&browser.cookie(&store, name).unwrap()), "{name}");
    }
    assert_eq!(browser.cookie(&store, "storefront_session").unwrap().len(), 64);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_sign_in() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let there = with_expired_credential(&cluster, workflow).await;
        let here = cluster.signed_in(&store, "shopper@example.com").await;
        let (id, refresh_token) = (here.cookie(&store, credential(workflow)), here.cookie(&store, "storefront_refresh_token"));
        let elsewhere = cluster.signed_in(&store, "shopper@example.com").await;
        let page = text(here.get(&store, "/account").await).await;
        assert!(page.contains("Sign out everywhere"));
        let answer = here.post_form(&store, "/logout", &[("everywhere", "yes")]).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert!(text(here.get(&store, "/login").await).await.contains("on every device"));
        assert_eq!(there.get(&store, CART).await.status(), StatusCode::FOUND, "{workflow}: the sign-in of the other device has ended");
        assert!(!cluster.takes(&elsewhere.cookie(&store, "storefront_refresh_token").unwrap()).await, "{workflow}");
        if workflow == "webapp-session" {
            assert_eq!(elsewhere.get(&store, CART).await.status(), StatusCode::FOUND, "the session of the third device ends at once");
            let stolen = format!("storefront_session={}; storefront_refresh_token={}", id.unwrap(), refresh_token.unwrap());
            assert_eq!(attacker(&here, &store, CART, &stolen).await.status(), StatusCode::FOUND);
        }
    }
}

/// Moves the times of every session back by this many seconds, as if that time had passed.
async fn age_sessions(cluster: &TestCluster, seconds: i64) {
    let query = "UPDATE sessions SET checked_at = checked_at - $1, expires_at = expires_at - $1, ends_at = ends_at - $1";
    sqlx::query(query).bind(seconds * 1_000).execute(&cluster.database().await).await.unwrap();
}

async fn expiry(cluster: &TestCluster) -> i64 {
    sqlx::query_scalar("SELECT expires_at FROM sessions").fetch_one(&cluster.database().await).await.unwrap()
}
