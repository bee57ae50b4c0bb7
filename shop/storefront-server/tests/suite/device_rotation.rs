//! Refresh tokens that the server does not know, because a thief or a lost answer has rotated them, of sign-ins that are bound to a device.

use crate::device::{
    BOUND_COOKIE, Device, assert_has_ended, assert_is_refused, bound, cluster, cluster_with, copied, private_path, sign_in,
};
use crate::test_cluster::{TestCluster, attacker, set_cookies};
use reqwest::StatusCode;
use serde_json::Value;
use test_support::issuer::STORE;

const REFRESH_TOKEN: &str = "__Host-storefront_refresh_token";
const LIVING_FAMILIES: &str = "token_families WHERE ended = '' AND refresh_token_id <> ''";

/// The refresh token that FusionAuth gives to a thief, or to an instance whose database does not answer, for the one of the device.
async fn rotated(cluster: &TestCluster, device: &Device) -> String {
    cluster.one_time_use().await;
    let token = device.browser.cookie(&device.host, REFRESH_TOKEN).unwrap();
    let renewed: Value = cluster.refresh_at_fusionauth(&token).await.json().await.unwrap();
    renewed["refreshToken"].as_str().unwrap().to_owned()
}

/// Copied cookies with another refresh token, and with `credential` in place of the access token or session id.
fn copied_with(device: &Device, token: &str, credential: Option<&str>) -> String {
    let cookies = copied(&device.browser, &device.host, None);
    let replaced = cookies.split("; ").map(|pair| match (pair.split_once('=').unwrap().0, credential) {
        (REFRESH_TOKEN, _) => format!("{REFRESH_TOKEN}={token}"),
        (name @ ("__Host-storefront_jwt" | "__Host-storefront_session"), Some(credential)) => format!("{name}={credential}"),
        _ => pair.to_owned(),
    });
    replaced.collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn a_rotated_refresh_token_opens_nothing_elsewhere_and_everything_on_the_device() {
    // With an access token, the server knows the sign-in before a renewal. Without one, it learns of it from FusionAuth's answer.
    for (workflow, credential, refreshes) in [
        ("spa-backend", None, 0),
        ("webapp-jwt", None, 0),
        ("spa-backend", Some("bad"), 1),
        ("webapp-jwt", Some("bad"), 1),
        ("webapp-session", Some("bad"), 1),
    ] {
        let flags = if credential.is_some() { &["--refresh-invalid-jwt"][..] } else { &[] };
        let cluster = cluster_with(flags, "offered", 2).await;
        let device = bound(&cluster, workflow).await;
        let (browser, host, path) = (&device.browser, &device.host, private_path(workflow));
        let token = rotated(&cluster, &device).await;
        let stolen = copied_with(&device, &token, credential);
        for _ in 0..2 {
            assert_is_refused(attacker(browser, host, path, &stolen).await, workflow, "not-this-device").await;
            assert_eq!(cluster.refreshes(), refreshes, "{workflow} {credential:?}");
            assert_eq!(cluster.count(LIVING_FAMILIES).await, 1, "{workflow}: the sign-in has no unbound copy");
        }
        // An instance had rotated it for the owner, and could not write the new token.
        browser.set_cookie(host, REFRESH_TOKEN, &token);
        cluster.expire_sessions().await;
        assert_eq!(browser.get(host, path).await.status(), StatusCode::OK, "{workflow} {credential:?}: the owner goes on");
        assert_eq!(cluster.count(LIVING_FAMILIES).await, 1, "{workflow}");
        assert_eq!(device.refresh().await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_rotated_refresh_token_opens_nothing_after_the_end_of_the_sign_in() {
    for workflow in ["spa-backend", "webapp-jwt"] {
        let cluster = cluster("offered", 2).await;
        let device = bound(&cluster, workflow).await;
        let token = rotated(&cluster, &device).await;
        let stolen = copied_with(&device, &token, None);
        let logout = if workflow == "spa-backend" { "/api/logout" } else { "/logout" };
        device.browser.post_form(&device.host, logout, &[]).await;
        let answer = attacker(&device.browser, &device.host, private_path(workflow), &stolen).await;
        assert_ne!(answer.status(), StatusCode::OK, "{workflow}");
        assert!(set_cookies(&answer).iter().all(|it| it.contains("Max-Age=0") || it.contains("storefront_flash=")), "{workflow}");
        assert_eq!(cluster.count("token_families WHERE ended = '' AND user_id <> '' AND refresh_token_id <> ''").await, 0, "{workflow}");
        cluster.until_count("revocations", 0).await;
    }
}

/// An instance has rotated the refresh token for the owner, and could not write the new one. The access token names the sign-in.
#[tokio::test]
async fn a_sign_out_with_an_unknown_refresh_token_ends_the_key() {
    for workflow in ["spa-backend", "webapp-jwt"] {
        for signs_in_again in [false, true] {
            let cluster = cluster("offered", 2).await;
            let device = bound(&cluster, workflow).await;
            let (browser, host) = (&device.browser, &device.host);
            browser.set_cookie(host, REFRESH_TOKEN, &rotated(&cluster, &device).await);
            let newest = cluster.refresh_at_fusionauth(&browser.cookie(host, REFRESH_TOKEN).unwrap()).await;
            let newest = newest.json::<Value>().await.unwrap()["refreshToken"].as_str().unwrap().to_owned(); // a thief has rotated it again
            if signs_in_again {
                sign_in(browser, workflow).await;
            } else {
                let answer = browser.post_form(host, if workflow == "spa-backend" { "/api/logout" } else { "/logout" }, &[]).await;
                assert!(set_cookies(&answer).iter().any(|it| it.starts_with(BOUND_COOKIE) && it.contains("Max-Age=0")), "{workflow}");
            }
            assert_eq!(cluster.count(LIVING_FAMILIES).await, i64::from(signs_in_again), "{workflow}");
            assert_has_ended(&device).await;
            cluster.until_count("revocations", 0).await;
            assert!(!cluster.takes(&newest).await, "{workflow}: FusionAuth has revoked the token by its id");
        }
    }
}

/// A sign-in without a key is as it was: the server accepts a refresh token that it does not know.
#[tokio::test]
async fn a_rotated_refresh_token_of_an_unbound_sign_in_is_accepted_as_before() {
    let cluster = cluster("offered", 1).await;
    let device = bound(&cluster, "webapp-jwt").await;
    let record = "UPDATE token_families SET device_session = '', device_challenge = ''";
    sqlx::query(record).execute(&cluster.database().await).await.unwrap();
    let stolen = copied_with(&device, &rotated(&cluster, &device).await, None);
    let answer = attacker(&device.browser, &device.host, private_path("webapp-jwt"), &stolen).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

/// An instance could not write the token that it gave to the browser.
#[tokio::test]
async fn a_site_that_demands_a_key_accepts_an_unknown_refresh_token_from_the_device_alone() {
    let cluster = cluster("required", 1).await;
    let device = bound(&cluster, "webapp-jwt").await;
    sqlx::query("DELETE FROM refresh_tokens").execute(&cluster.database().await).await.unwrap();
    let (browser, host) = (&device.browser, &device.host);
    let answer = attacker(browser, host, "/shopping-cart", &copied(browser, host, None)).await;
    assert_is_refused(answer, "webapp-jwt", "not-this-device").await;
    assert_eq!(browser.get(host, "/shopping-cart").await.status(), StatusCode::OK);
}

/// With a copied refresh token, FusionAuth gives a thief a new session, with a refresh token of its own (`GET /api/jwt/issue`). No renewal of
/// the owner shows the copy, and no key binds it.
#[tokio::test]
async fn a_sign_in_that_fusionauth_makes_of_a_copied_refresh_token_opens_nothing() {
    for (workflow, credential) in [
        ("spa-backend", None),
        ("webapp-jwt", None),
        ("spa-backend", Some("bad")),
        ("webapp-jwt", Some("bad")),
        ("webapp-session", Some("bad")),
    ] {
        for expired in [false, true] {
            let flags = if credential.is_some() { &["--refresh-invalid-jwt"][..] } else { &[] };
            let cluster = cluster_with(flags, "offered", 2).await;
            let device = bound(&cluster, workflow).await;
            let (browser, host, path) = (&device.browser, &device.host, private_path(workflow));
            let refreshed = async |token: &str| cluster.refresh_at_fusionauth(token).await.json::<Value>().await.unwrap();
            let copied = browser.cookie(host, REFRESH_TOKEN).unwrap();
            let access = refreshed(&copied).await["token"].as_str().unwrap().to_owned();
            let url = format!("{}/api/jwt/issue?applicationId={STORE}&refreshToken={copied}", cluster.fusionauth.base_url());
            let client = test_support::http_client();
            let issued: Value = client.get(url).bearer_auth(access).send().await.unwrap().json().await.unwrap();
            let thiefs = issued["refreshToken"].as_str().unwrap();
            if expired {
                cluster.issue_stale();
            }
            let token = refreshed(thiefs).await["token"].as_str().unwrap().to_owned();
            cluster.issue_fresh();
            let cookies = copied_with(&device, thiefs, Some(credential.unwrap_or(&token)));
            for _ in 0..2 {
                let answer = attacker(browser, host, path, &cookies).await;
                assert!([StatusCode::UNAUTHORIZED, StatusCode::FOUND].contains(&answer.status()), "{workflow} {credential:?} {expired}");
                assert!(!set_cookies(&answer).iter().any(|it| it.starts_with(REFRESH_TOKEN) && !it.contains("Max-Age=0")));
            }
            assert_eq!(cluster.count(LIVING_FAMILIES).await, 1, "{workflow} {credential:?} {expired}");
            if credential.is_some() {
                cluster.until_count("revocations", 0).await;
                assert!(!cluster.takes(thiefs).await, "{workflow}: FusionAuth has revoked the thief's refresh token");
            }
            assert_eq!(device.refresh().await.status(), StatusCode::OK);
            assert_eq!(browser.get(host, path).await.status(), StatusCode::OK, "{workflow}: the owner goes on");
        }
    }
}
