//! The server sends one refresh per refresh token, however many requests and instances need a new token.

use crate::caller::Caller;
use crate::device::sign_in;
use crate::test_cluster::{Browser, TestCluster, kill, sign_in_by_form, store};
use reqwest::{Method, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use storefront_server::purge::purge;

/// Signs in with a credential that has expired, and asks for the cart with 200 concurrent requests. All answers must contain the cart and
/// the same new cookies.
async fn two_hundred_at_once(workflow: &str, path: &str, instances: usize) {
    // A slow machine needs longer than the default for all of them.
    let cluster = TestCluster::start_with(&["--request-timeout=600"], instances).await;
    cluster.one_time_use().await;
    let (host, browser) = (store(workflow), with_stale_token(&cluster, workflow).await);
    cluster.issue_fresh();
    cluster.expire_sessions().await;

    let requests = (0..200).map(|_| tokio::spawn(browser.request(Method::GET, &host, path).send()));
    let mut cookies = BTreeSet::new();
    for answer in requests.collect::<Vec<_>>() {
        let answer = answer.await.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{workflow}, {instances} instances");
        let lines: Vec<String> = answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap().to_owned()).collect();
        assert!(lines.len() == 2 && lines.iter().all(|it| !it.contains("Max-Age=0")), "{lines:?}");
        cookies.extend(lines);
    }
    assert_eq!(cookies.len(), 2, "all answers set the same two cookies");
    assert_eq!(cluster.refreshes(), 1, "{workflow}, {instances} instances");
    // The browser keeps the new cookies and needs no other renewal.
    browser.get(&host, path).await;
    assert_eq!(browser.get(&host, path).await.status(), StatusCode::OK);
    assert_eq!(cluster.refreshes(), 1);
}

/// A browser that has signed in and got an access token that has expired. So are the next ones, until [`TestCluster::issue_fresh`].
async fn with_stale_token(cluster: &TestCluster, workflow: &str) -> Browser {
    let browser = cluster.browser();
    cluster.issue_stale();
    sign_in(&browser, workflow).await;
    browser
}

#[tokio::test]
async fn two_hundred_requests_refresh_once() {
    two_hundred_at_once("spa-backend", "/api/load-shopping-cart", 1).await;
}

#[tokio::test]
async fn two_hundred_requests_to_two_instances_refresh_once() {
    two_hundred_at_once("spa-backend", "/api/load-shopping-cart", 2).await;
}

#[tokio::test]
async fn two_hundred_page_loads_refresh_once() {
    for workflow in ["webapp-jwt", "webapp-session"] {
        two_hundred_at_once(workflow, "/shopping-cart", 2).await;
    }
}

#[tokio::test]
async fn a_request_that_was_sent_before_the_new_cookies_came_adopts_them() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("spa-backend"));
    cluster.one_time_use().await;
    let browser = with_stale_token(&cluster, "spa-backend").await;
    let late = browser.request(Method::GET, &store, "/api/load-shopping-cart");
    let later = browser.request(Method::GET, &store, "/api/load-shopping-cart");
    // The browser renews twice, because the token from the first renewal has already expired.
    assert_eq!(browser.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::OK);
    cluster.issue_fresh();
    assert_eq!(browser.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::OK);
    assert_eq!(cluster.refreshes(), 2);
    for late in [late, later] {
        assert_eq!(browser.send(&store, late).await.status(), StatusCode::OK);
    }
    assert_eq!(browser.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::OK);
    assert_eq!(cluster.refreshes(), 2);
}

#[tokio::test]
async fn a_caller_that_hangs_up_costs_no_rotated_token() {
    let (cluster, store) = (TestCluster::start().await, store("spa-backend"));
    cluster.one_time_use().await;
    let browser = with_stale_token(&cluster, "spa-backend").await;
    cluster.issue_fresh();
    let held = cluster.hold("answer", Method::POST, "/api/jwt/refresh").await;
    let caller = Caller::send(browser.request(Method::GET, &store, "/api/load-shopping-cart")).await;
    held.reached().await;
    caller.hang_up().await;
    held.release().await;
    assert_eq!(browser.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::OK);
    assert_eq!(cluster.refreshes(), 1);
}

/// Changes the renewal to the row that an instance leaves if it dies after its claim: pending, with a lease that ends after `lease_ms`.
async fn claimed_by_the_dead(cluster: &TestCluster, lease_ms: i64) {
    let lease_until = storefront_server::clock::now_ms() + lease_ms;
    let query = "UPDATE renewals SET claim = 'of the dead', settled_at = 0, good_until = 0, outcome = '', lease_until = $1";
    let updated = sqlx::query(query).bind(lease_until).execute(&cluster.database().await).await.unwrap();
    assert_eq!(updated.rows_affected(), 1);
}

#[tokio::test]
async fn the_claim_of_a_dead_instance_is_taken_over_when_its_lease_ends() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("spa-backend"));
    let browser = with_stale_token(&cluster, "spa-backend").await;
    assert_eq!(browser.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::OK);
    claimed_by_the_dead(&cluster, 600_000).await;
    cluster.issue_fresh();
    // During the lease, a request waits until its time limit, and the server sends FusionAuth no refresh.
    let (impatient, address) = cluster.process(&["--request-timeout", "1"]).await;
    let answer = browser.at(address).request(Method::GET, &store, "/api/load-shopping-cart").send().await.unwrap();
    assert_eq!((answer.status(), cluster.refreshes()), (StatusCode::SERVICE_UNAVAILABLE, 1));
    kill(impatient).await;
    assert_eq!(cluster.count("renewals WHERE claim = 'of the dead'").await, 1, "the lease was respected");
    let requests = (0..8).map(|_| tokio::spawn(browser.request(Method::GET, &store, "/api/load-shopping-cart").send()));
    let requests: Vec<_> = requests.collect();
    // This has the same effect as if the lease had expired.
    sqlx::query("UPDATE renewals SET lease_until = 1").execute(&cluster.database().await).await.unwrap();
    for answer in requests {
        assert_eq!(answer.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(cluster.refreshes(), 2, "one before the claim of the dead instance, and one by the request that took over the claim");
}

#[tokio::test]
async fn a_sign_out_during_a_renewal_wins() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("spa-backend"));
    let browser = with_stale_token(&cluster, "spa-backend").await;
    assert_eq!(browser.get(&store, "/api/load-shopping-cart").await.status(), StatusCode::OK);
    claimed_by_the_dead(&cluster, 60_000).await;
    let waiting = tokio::spawn(browser.request(Method::GET, &store, "/api/load-shopping-cart").send());
    assert_eq!(browser.post_json(&store, "/api/logout", json!({})).await.status(), StatusCode::OK);
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_sign_in_during_a_renewal_keeps_its_cookies() {
    let (cluster, store) = (TestCluster::start_with(&[], 2).await, store("spa-backend"));
    let browser = with_stale_token(&cluster, "spa-backend").await;
    cluster.issue_fresh();
    let held = cluster.hold("answer", Method::POST, "/api/jwt/refresh").await;
    let waiting = tokio::spawn(browser.request(Method::GET, &store, "/api/load-shopping-cart").send());
    held.reached().await;
    let (old, before) = (browser.cookie_header(&store), cluster.asked_by_backends().len());
    // Another user signs in with this browser while the renewal is in flight.
    browser.sign_in(&store, "second@example.com").await;
    held.release().await;
    let late = waiting.await.unwrap().unwrap();
    assert_eq!(
        (late.status(), crate::test_cluster::set_cookies(&late).len()),
        (StatusCode::UNAUTHORIZED, 0),
        "the late answer must not touch the new cookies"
    );
    let user: storefront_api::User = browser.get(&store, "/api/user").await.json().await.unwrap();
    assert_eq!(user.email.as_deref(), Some("second@example.com"));
    cluster.until_count("revocations", 0).await;
    assert!(cluster.asked_by_backends()[before..].contains(&"POST /api/logout".to_owned()), "the old refresh token is revoked");
    // A late request with the old cookies changes no cookies either.
    let later = crate::test_cluster::attacker(&browser, &store, "/api/load-shopping-cart", &old).await;
    assert_eq!((later.status(), crate::test_cluster::set_cookies(&later).len()), (StatusCode::UNAUTHORIZED, 0));
}

#[tokio::test]
async fn the_database_holds_no_token() {
    let cluster = TestCluster::start().await;
    let browser = with_stale_token(&cluster, "spa-backend").await;
    let host = store("spa-backend");
    let before = browser.cookie_header(&host);
    cluster.issue_fresh();
    browser.get(&host, "/api/load-shopping-cart").await;
    let after = browser.cookie_header(&host);
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT token, claim, outcome FROM renewals").fetch_all(&cluster.database().await).await.unwrap();
    assert_eq!(rows.len(), 1);
    let text = format!("{rows:?}");
    for cookie in before.split("; ").chain(after.split("; ")) {
        let value = cookie.split_once('=').unwrap().1;
        assert!(!text.contains(value) && !text.contains(&value[..20]), "{text}");
    }
}

#[tokio::test]
async fn what_nobody_can_adopt_any_more_is_purged() {
    let cluster = TestCluster::start().await;
    let browser = with_stale_token(&cluster, "spa-backend").await;
    browser.get(&store("spa-backend"), "/api/load-shopping-cart").await;
    let (db, now) = (cluster.database().await, storefront_server::clock::now_ms());
    sign_in_by_form(&cluster.browser(), &store("webapp-session"), "shopper@example.com").await;
    let keep_sessions = std::time::Duration::from_secs(3_000);
    for (after_ms, renewals, sessions) in [(0, 1, 1), (150_000, 0, 1), (1_800_000, 0, 1), (5_000_000, 0, 0)] {
        purge(&db, now + after_ms, keep_sessions).await;
        assert_eq!((cluster.count("renewals").await, cluster.count("sessions").await), (renewals, sessions), "after {after_ms} ms");
    }
    for (after_days, left) in [(1, true), (40, false)] {
        purge(&db, now + after_days * 86_400_000, keep_sessions).await;
        let families: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM token_families").fetch_one(&db).await.unwrap();
        let tokens: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM refresh_tokens").fetch_one(&db).await.unwrap();
        assert_eq!((families > 0, tokens > 0), (left, left), "after {after_days} days");
    }
}
