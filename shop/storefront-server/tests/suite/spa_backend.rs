//! The workflow `spa-backend`: refusals in FusionAuth's published steps, which `tools/e2e/tests/diagrams` runs, and the defences against its attacks.

use crate::test_cluster::{Browser, PASSWORD, TestCluster, attacker, forged, forums, set_cookies, store};
use crate::test_server::{problem, with_status};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use storefront_api::Cart;
use storefront_messages::SIGN_OUT_PENDING;
use test_support::issuer::{FORUMS, SHOPPER, STORE, token};

const WORKFLOW: &str = "spa-backend";
const CART: &str = "/api/load-shopping-cart";
const JWT: &str = "storefront_jwt";
const REFRESH_TOKEN: &str = "storefront_refresh_token";

/// A browser with an expired access token for the Store.
async fn with_expired_jwt(cluster: &TestCluster) -> Browser {
    let browser = cluster.browser();
    cluster.issue_stale();
    browser.sign_in(&store(WORKFLOW), "shopper@example.com").await;
    cluster.issue_fresh();
    browser
}

#[tokio::test]
async fn steps_12_to_15_the_backend_renews_within_the_shoppers_own_request() {
    for flags in [
        &[][..],
        &[
            "--refresh-grant",
            "oauth2",
            "--store-client-secret",
            "development-only-store-client-secret",
            "--forums-client-secret",
            "development-only-forums-client-secret",
        ],
    ] {
        let (cluster, store) = (TestCluster::start_with(flags, 1).await, store(WORKFLOW));
        cluster.one_time_use().await;
        let browser = with_expired_jwt(&cluster).await;
        let before = (browser.cookie(&store, JWT), browser.cookie(&store, REFRESH_TOKEN));
        let answer = browser.get(&store, CART).await;
        assert_eq!(answer.status(), StatusCode::OK, "{flags:?}");
        assert_eq!(answer.json::<Cart>().await.unwrap().lines.len(), 3);
        assert_ne!(browser.cookie(&store, JWT), before.0);
        assert_ne!(browser.cookie(&store, REFRESH_TOKEN), before.1, "the rotated token is written back");
        assert_eq!(set_cookies(&browser.get(&store, CART).await), [""; 0], "the server does not renew a valid token");
        assert_eq!(cluster.refreshes(), 1);
    }
}

#[tokio::test]
async fn steps_16_to_19_a_refused_refresh_ends_in_401_without_cookies() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    for path in [CART, "/api/user"] {
        let browser = with_expired_jwt(&cluster).await;
        cluster.revoke_all(SHOPPER).await;
        let answer = browser.get(&store, path).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(problem(answer).await.kind, "/problems/session-over");
        assert_eq!(browser.cookie_names(&store), [""; 0]);
        assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_foreign_or_forged_token_opens_nothing_and_is_not_renewed() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store(WORKFLOW)).await;
    browser.sign_in(&store, "shopper@example.com").await;
    let good = browser.cookie(&store, JWT).unwrap();
    let of_forums = {
        let other = cluster.browser();
        other.sign_in(&forums(WORKFLOW), "shopper@example.com").await;
        other.cookie(&forums(WORKFLOW), JWT).unwrap()
    };
    for (name, jwt, user) in [
        ("a token of the Forums", of_forums.as_str(), StatusCode::NOT_FOUND),
        ("another issuer's key", &token(SHOPPER, STORE), StatusCode::UNAUTHORIZED),
        ("no JWT", "bad", StatusCode::UNAUTHORIZED),
        ("unsigned", good.rsplit_once('.').unwrap().0, StatusCode::UNAUTHORIZED),
    ] {
        browser.set_cookie(&store, JWT, jwt);
        assert_eq!(browser.get(&store, CART).await.status(), StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(browser.get(&store, "/api/user").await.status(), user, "{name}");
    }
    let alone = format!("storefront_refresh_token={}", browser.cookie(&store, "storefront_refresh_token").unwrap());
    assert_eq!(attacker(&browser, &store, CART, &alone).await.status(), StatusCode::UNAUTHORIZED, "a refresh token alone");
    assert_eq!(cluster.refreshes(), 0);
    // The server reads its own cookies and no header, because script has no access token in this workflow.
    let by_header = browser.bare(Method::GET, &store, CART).bearer_auth(&good).send().await.unwrap();
    assert_eq!(by_header.status(), StatusCode::UNAUTHORIZED);
    let with_forums_audience = cluster.browser();
    with_forums_audience.set_cookie(&store, JWT, &token(SHOPPER, FORUMS));
    assert_eq!(with_forums_audience.get(&store, CART).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn every_outcome_of_a_login_is_told_as_fusionauth_does_and_sets_no_cookie() {
    const MALFORMED: &str = "FusionAuth rejected this sign-in request. Check that you entered your email and password.";
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    for (login_id, password, status, expected) in [
        ("shopper@example.com", "wrong", 404, json!({"type": "/problems/credentials-refused"})),
        ("nobody@example.com", PASSWORD, 404, json!({"type": "/problems/credentials-refused"})),
        ("", "", 400, json!({"type": "/problems/credentials-malformed", "detail": MALFORMED})),
        ("unregistered@example.com", PASSWORD, 202, json!({})),
        ("change@example.com", PASSWORD, 203, json!({"changePasswordReason": "Administrative"})),
        ("unverified@example.com", PASSWORD, 212, json!({})),
        ("locked@example.com", PASSWORD, 423, json!({"type": "/problems/account-locked"})),
    ] {
        let browser = cluster.browser();
        let answer = browser.post_json(&store, "/api/login", json!({"loginId": login_id, "password": password})).await;
        assert_eq!(answer.status().as_u16(), status, "{login_id}");
        assert_eq!(set_cookies(&answer), [""; 0], "{login_id}");
        let body: Value = answer.json().await.unwrap();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&body[name], value, "{login_id}");
        }
        assert!(body.get("token").is_none() && body.get("refreshToken").is_none() && body.get("user").is_none());
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_checked() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store(WORKFLOW)).await;
    let login = || async {
        let answer = browser.post_json(&store, "/api/login", json!({"loginId": "twofactor@example.com", "password": PASSWORD})).await;
        assert_eq!((answer.status().as_u16(), set_cookies(&answer).len()), (242, 0));
        answer.json::<Value>().await.unwrap()
    };
    let challenge = login().await;
    assert_eq!(challenge["methods"][0]["method"], "authenticator");
    let wrong = json!({"twoFactorId": challenge["twoFactorId"], "code": "000000"});
    let answer = browser.post_json(&store, "/api/two-factor/login", wrong).await;
    assert_eq!((answer.status().as_u16(), problem(answer).await.kind.as_str()), (422, "/problems/code-refused"));
    let unknown = json!({"twoFactorId": "unknown", "code": "000000"});
    let answer = browser.post_json(&store, "/api/two-factor/login", unknown).await;
    assert_eq!((answer.status().as_u16(), problem(answer).await.kind.as_str()), (404, "/problems/two-factor-expired"));
    let right = json!({"twoFactorId": challenge["twoFactorId"], "code": test_support::totp::now()});
    assert_eq!(browser.post_json(&store, "/api/two-factor/login", right).await.status(), StatusCode::OK);
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn signing_out_deletes_the_cookies_and_revokes_the_refresh_token() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = with_expired_jwt(&cluster).await;
    let (stolen, token) = (browser.cookie_header(&store), browser.cookie(&store, REFRESH_TOKEN).unwrap());
    let answer = browser.send(&store, browser.request(Method::POST, &store, "/api/logout")).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 2));
    assert_eq!(browser.cookie_names(&store), [""; 0]);
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::UNAUTHORIZED, "the family has ended");
    assert!(!cluster.takes(&token).await, "FusionAuth has revoked the refresh token");
    let again = browser.post_json(&store, "/api/logout", json!({})).await;
    assert_eq!((again.status(), set_cookies(&again).len()), (StatusCode::OK, 0), "a sign-out without a session succeeds");
}

#[tokio::test]
async fn a_late_request_does_not_sign_in_again_what_was_signed_out() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    cluster.one_time_use().await;
    let browser = with_expired_jwt(&cluster).await;
    let old = browser.cookie_header(&store);
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK);
    assert_eq!(browser.post_json(&store, "/api/logout", json!({})).await.status(), StatusCode::OK);
    assert_eq!(attacker(&browser, &store, CART, &old).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(cluster.refreshes(), 1, "the family has ended, so the server does not ask FusionAuth");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_refresh_token_of_the_user() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let (here, there) = (with_expired_jwt(&cluster).await, with_expired_jwt(&cluster).await);
    let token = there.cookie(&store, REFRESH_TOKEN).unwrap();
    assert_eq!(here.post_json(&store, "/api/logout", json!({"global": true})).await.status(), StatusCode::OK);
    assert_eq!(there.get(&store, CART).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(cluster.refreshes(), 0, "the family has ended, so the server does not ask FusionAuth");
    assert!(!cluster.takes(&token).await, "FusionAuth has revoked the refresh token");
}

#[tokio::test]
async fn until_a_sign_out_everywhere_is_confirmed_both_the_sign_out_and_the_next_sign_in_say_so() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store(WORKFLOW)).await;
    browser.sign_in(&store, "shopper@example.com").await;
    cluster.fault(json!({"path": "/api/jwt/refresh", "status": 502})).await;
    let answer = browser.post_json(&store, "/api/logout", json!({"global": true})).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let answer = problem(answer).await;
    assert_eq!(answer.kind, "/problems/sign-out-pending");
    assert!(answer.detail.unwrap().starts_with("You are signed out here. We'll sign out your other devices"));
    let credentials = json!({"loginId": "shopper@example.com", "password": PASSWORD});
    let answer = browser.post_json(&store, "/api/login", credentials).await;
    assert_eq!(answer.status().as_u16(), SIGN_OUT_PENDING);
    let answer = problem(answer).await;
    assert_eq!(answer.kind, "/problems/sign-in-waits-for-sign-out");
    assert!(answer.detail.unwrap().contains("hasn't confirmed it yet. Wait a minute"));
    cluster.no_faults().await;
    cluster.until_count("revocations", 0).await;
    assert_eq!(browser.sign_in(&store, "shopper@example.com").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_stolen_refresh_token_that_was_used_already_is_detected() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    cluster.one_time_use().await;
    let browser = with_expired_jwt(&cluster).await;
    let stolen = browser.cookie_header(&store);
    cluster.issue_stale();
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK, "the shopper renews");
    cluster.issue_fresh();
    cluster.forget_renewals().await;
    assert_eq!(attacker(&browser, &store, CART, &stolen).await.status(), StatusCode::UNAUTHORIZED);
    // The reuse revokes the whole session, so the client that used the token first is signed out, too.
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn while_fusionauth_is_down_nobody_is_signed_out() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = with_expired_jwt(&cluster).await;
    let _servers = cluster.stop_fusionauth().await;
    for _ in 0..2 {
        let answer = browser.get(&store, CART).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
    }
    assert_eq!(browser.cookie_names(&store), [JWT, REFRESH_TOKEN]);
    let answer = browser.post_json(&store, "/api/login", json!({"loginId": "shopper@example.com", "password": PASSWORD})).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn another_sites_requests_change_nothing() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store(WORKFLOW)).await;
    browser.sign_in(&store, "shopper@example.com").await;
    let before: Cart = browser.get(&store, CART).await.json().await.unwrap();
    for (site, origin) in [
        (Some("cross-site"), Some("https://evil.example")),
        (Some("same-site"), Some("http://forums.spa-backend.localhost:8080")),
        (None, Some("https://evil.example")),
        (None, Some("null")),
    ] {
        for (method, path) in [
            (Method::PUT, "/api/shopping-cart/lines/enamel-mug"),
            (Method::DELETE, "/api/shopping-cart/lines/enamel-mug"),
            (Method::POST, "/api/login"),
            (Method::POST, "/api/logout"),
        ] {
            let request = browser.request(method.clone(), &store, path).json(&json!({"quantity": 9}));
            let answer = forged(request, site, origin).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{site:?} {origin:?} {method} {path}");
            assert_eq!(set_cookies(&answer), [""; 0]);
            assert_eq!(problem(answer).await.kind, "/problems/cross-origin");
        }
    }
    assert_eq!(browser.get(&store, CART).await.json::<Cart>().await.unwrap(), before);
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn over_https_the_cookies_are_secure_and_bound_to_the_host() {
    let (cluster, store) = (TestCluster::start_with(&["--trusted-proxies=127.0.0.1"], 1).await, store(WORKFLOW));
    let browser = cluster.browser();
    let https = |request: reqwest::RequestBuilder| request.header("x-forwarded-proto", "https");
    let credentials = json!({"loginId": "shopper@example.com", "password": PASSWORD});
    let answer = browser.send(&store, https(browser.request(Method::POST, &store, "/api/login").json(&credentials))).await;
    for line in set_cookies(&answer) {
        assert!(line.starts_with("__Host-storefront_") && line.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"), "{line}");
        assert!(!line.contains("Domain"));
    }
    assert_eq!(browser.send(&store, https(browser.request(Method::GET, &store, CART))).await.status(), StatusCode::OK);
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::UNAUTHORIZED, "the server ignores these names over http");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_through_the_backend_alone() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let (browser, other) = (cluster.browser(), cluster.browser());
    other.sign_in(&store, "shopper@example.com").await;
    let older = other.cookie(&store, REFRESH_TOKEN).unwrap();
    let mut bodies = Vec::new();
    for login_id in ["shopper@example.com", "nobody@example.com"] {
        let answer = browser.post_json(&store, "/api/user/forgot-password", json!({"loginId": login_id, "state": {"site": "x"}})).await;
        assert_eq!(answer.status(), StatusCode::OK, "the answer does not reveal who has an account");
        bodies.push(answer.text().await.unwrap());
    }
    assert_eq!(bodies[0], bodies[1]);
    let rules: Value = browser.get(&store, "/api/tenant/password-validation-rules").await.json().await.unwrap();
    assert_eq!(rules["passwordValidationRules"]["minLength"], 8);

    let link = crate::forgotten_password::mailed_path(&cluster, "shopper@example.com", &store).await;
    let id = link.rsplit('/').next().unwrap();
    let check = format!("/api/user/change-password/{id}");
    assert_eq!(browser.get(&store, &check).await.status(), StatusCode::OK);
    let change = |password: &str| json!({"changePasswordId": id, "password": password});
    let answer = browser.post_json(&store, "/api/user/change-password", change("short")).await;
    let errors: Value = with_status(StatusCode::BAD_REQUEST, answer).json().await.unwrap();
    assert_eq!(errors["fieldErrors"]["password"][0]["code"], "[tooShort]password");
    let answer = browser.post_json(&store, "/api/user/change-password", change("a-better-password")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!cluster.takes(&older).await, "FusionAuth has revoked the older refresh token");
    let changed: Value = answer.json().await.unwrap();
    let sign_in = json!({"oneTimePassword": changed["oneTimePassword"], "applicationId": STORE});
    let answer = browser.post_json(&store, "/api/login", sign_in.clone()).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 2));
    assert_eq!(
        browser.post_json(&store, "/api/login", sign_in).await.status(),
        StatusCode::NOT_FOUND,
        "the one-time password is valid once"
    );
    assert_eq!(browser.get(&store, &check).await.status(), StatusCode::NOT_FOUND);
}
