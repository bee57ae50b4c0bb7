//! The workflow `spa-shared-domain`: steps 1 to 36 of FusionAuth's published workflow, through the proxy in front of FusionAuth.

use crate::test_cluster::{Browser, PASSWORD, TestCluster, attacker, auth, forums, set_cookies, store};
use crate::test_server::problem;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use storefront_api::Cart;
use test_support::issuer::{FORUMS, SHOPPER, STORE};

const WORKFLOW: &str = "spa-shared-domain";
const PARENT: &str = "spa-shared-domain.localhost";
const CART: &str = "/api/load-shopping-cart";

/// Sends a request to FusionAuth as the single-page app at `site` does.
async fn call(browser: &Browser, site: &str, path: &str, body: Value) -> Response {
    let host = auth(WORKFLOW);
    let request = browser.request(Method::POST, &host, path).header("origin", format!("http://{site}:8080"));
    browser.send(&host, request.header("sec-fetch-site", "same-site").json(&body)).await
}

pub(crate) async fn sign_in(browser: &Browser, site: &str, application: &str) -> Response {
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": application});
    let answer = call(browser, site, "/api/login", body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer
}

#[tokio::test]
async fn steps_3_to_9_sign_in_sets_both_cookies_on_the_parent_domain_and_shows_no_token() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = cluster.browser();
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::NOT_FOUND, "step 4");
    let answer = sign_in(&browser, &store, STORE).await;
    let lines = set_cookies(&answer);
    assert_eq!(lines.len(), 2);
    for (line, name) in lines.iter().zip(["access_token", "refresh_token"]) {
        assert!(line.starts_with(&format!("{name}=")) && line.contains("; HttpOnly;") && line.contains("; SameSite=Lax"), "{line}");
        assert!(line.ends_with("; Domain=spa-shared-domain.localhost"), "{line}");
    }
    assert_eq!(answer.headers()["access-control-allow-origin"].to_str().unwrap(), format!("http://{store}:8080"));
    assert_eq!(answer.headers()["access-control-allow-credentials"], "true");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["user"]["id"], SHOPPER);
    for name in ["token", "refreshToken", "refreshTokenId"] {
        assert!(body.get(name).is_none(), "{name}");
    }
    let cart: Cart = browser.get(&store, CART).await.json().await.unwrap();
    assert_eq!(cart.lines.len(), 3);
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn steps_10_to_15_the_store_says_401_and_the_browser_renews() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    cluster.one_time_use().await;
    let browser = cluster.browser();
    cluster.issue_stale();
    sign_in(&browser, &store, STORE).await;
    cluster.issue_fresh();
    for path in [CART, "/api/user"] {
        let answer = browser.get(&store, path).await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::UNAUTHORIZED, 0), "{path}");
        assert_eq!(problem(answer).await.kind, "/problems/token-expired");
    }
    let asked = cluster.asked_by_backends();
    assert!(asked.iter().all(|it| it == "GET /.well-known/jwks.json"), "the Store refreshes nothing: {asked:?}");
    let before = browser.cookie(PARENT, "refresh_token");
    let answer = call(&browser, &store, "/api/jwt/refresh", json!({})).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 2));
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({}), "the body has no token");
    assert_ne!(browser.cookie(PARENT, "refresh_token"), before);
    assert_eq!(browser.get(&store, CART).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn steps_16_to_20_a_revoked_refresh_token_ends_it() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = cluster.browser();
    sign_in(&browser, &store, STORE).await;
    cluster.revoke_all(SHOPPER).await;
    let answer = call(&browser, &store, "/api/jwt/refresh", json!({})).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.json::<Value>().await.unwrap().get("fieldErrors").is_some(), "the proxy passes on FusionAuth's answer");
}

#[tokio::test]
async fn steps_21_to_30_the_forums_clobber_the_store_and_open_nothing_there() {
    let (cluster, store, forums) = (TestCluster::start().await, store(WORKFLOW), forums(WORKFLOW));
    let browser = cluster.browser();
    sign_in(&browser, &store, STORE).await;
    assert_eq!(browser.get(&forums, "/api/user").await.status(), StatusCode::NOT_FOUND, "step 24, with the Store's cookies");
    assert_eq!(browser.get(&forums, "/api/load-posts").await.status(), StatusCode::UNAUTHORIZED);
    sign_in(&browser, &forums, FORUMS).await;
    assert_eq!(browser.cookie_names(PARENT), ["access_token", "refresh_token"], "step 28: the Forums overwrite both cookies");
    assert_eq!(browser.get(&forums, "/api/load-posts").await.status(), StatusCode::OK);
    // After the sign-in to the Forums, the Store refuses the Forums' token, and a refresh returns another token for the Forums.
    for _ in 0..2 {
        let answer = browser.get(&store, CART).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(problem(answer).await.kind, "/problems/token-of-another-application");
        assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::NOT_FOUND);
        assert_eq!(call(&browser, &store, "/api/jwt/refresh", json!({})).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn steps_31_to_36_stolen_tokens_and_what_stops_them() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = cluster.browser();
    sign_in(&browser, &store, STORE).await;
    let stolen = format!("refresh_token={}", browser.cookie(PARENT, "refresh_token").unwrap());
    let refresh = async || {
        let request = browser.bare(Method::POST, &auth(WORKFLOW), "/api/jwt/refresh").header("user-agent", "attacker/1");
        request.header("cookie", &stolen).json(&json!({})).send().await.unwrap()
    };
    let answer = refresh().await;
    assert_eq!(answer.status(), StatusCode::OK);
    let jwt = set_cookies(&answer)[0].split(';').next().unwrap().to_owned();
    assert!(jwt.starts_with("access_token=ey"), "HttpOnly restricts only browsers");
    assert_eq!(attacker(&browser, &store, CART, &jwt).await.status(), StatusCode::OK);
    cluster.revoke_all(SHOPPER).await;
    assert_eq!(refresh().await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(attacker(&browser, &store, CART, &jwt).await.status(), StatusCode::OK, "a JWT is valid until it expires");
    cluster.issue_stale();
    sign_in(&browser, &store, STORE).await;
    let expired = format!("access_token={}", browser.cookie(PARENT, "access_token").unwrap());
    assert_eq!(attacker(&browser, &store, CART, &expired).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_out_deletes_the_cookies_of_the_parent_domain() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = cluster.browser();
    sign_in(&browser, &store, STORE).await;
    assert_eq!(call(&browser, &store, "/api/logout", json!({})).await.status(), StatusCode::OK);
    assert_eq!(browser.cookie_names(PARENT), [""; 0]);
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_backends_accept_neither_a_bearer_header_nor_other_workflows_cookies() {
    let (cluster, store) = (TestCluster::start().await, store(WORKFLOW));
    let browser = cluster.browser();
    sign_in(&browser, &store, STORE).await;
    let jwt = browser.cookie(PARENT, "access_token").unwrap();
    assert_eq!(browser.bare(Method::GET, &store, CART).bearer_auth(&jwt).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(attacker(&browser, &store, CART, &format!("storefront_jwt={jwt}")).await.status(), StatusCode::UNAUTHORIZED);
    let mut forged = browser.request(Method::DELETE, &store, "/api/shopping-cart/lines/enamel-mug").build().unwrap();
    forged.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    let answer = reqwest::Client::builder().no_proxy().build().unwrap().execute(forged).await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(browser.get(&store, CART).await.json::<Cart>().await.unwrap().lines.len(), 3);
}

#[tokio::test]
async fn answers_pass_through_the_auth_proxy_without_the_refresh_token() {
    let cluster = TestCluster::start_with(&["--trusted-proxies=127.0.0.1"], 1).await;
    let browser = cluster.browser();
    let site = format!("http://{}:8080", store("spa-local-storage"));
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE});
    {
        let host = auth("spa-local-storage");
        let through = browser.bare(Method::POST, &host, "/api/login").header("origin", &site).json(&body).send().await.unwrap();
        let direct = reqwest::Client::builder().no_proxy().build().unwrap().post(format!("{}/api/login", cluster.fusionauth.base_url()));
        let direct = direct.header("host", format!("{host}:9011")).header("origin", &site).json(&body).send().await.unwrap();
        let names = |answer: &Response| answer.headers().keys().map(|it| it.as_str().to_owned()).collect::<std::collections::BTreeSet<_>>();
        let mut expected = names(&direct);
        expected.insert("x-request-id".to_owned());
        expected.insert("content-length".to_owned());
        assert_eq!(names(&through), expected);
        assert!(set_cookies(&through).iter().all(|it| !it.contains("Domain")));
        assert_eq!(
            (through.status(), through.headers()["content-type"].clone()),
            (direct.status(), direct.headers()["content-type"].clone())
        );
        let (through, direct): (Value, Value) = (through.json().await.unwrap(), direct.json().await.unwrap());
        assert!(through["token"].is_string());
        let mut expected: Vec<&String> = direct.as_object().unwrap().keys().collect();
        expected.retain(|it| *it != "refreshToken");
        assert_eq!(through.as_object().unwrap().keys().collect::<Vec<_>>(), expected);
    }
    let preflight = browser.bare(Method::OPTIONS, &auth("spa-local-storage"), "/api/login").header("origin", &site);
    let preflight = preflight.header("access-control-request-method", "POST").header("access-control-request-headers", "content-type");
    let answer = preflight.send().await.unwrap();
    assert_eq!((answer.status(), answer.headers()["access-control-allow-methods"].to_str().unwrap()), (StatusCode::NO_CONTENT, "POST"));
    let https = browser.bare(Method::POST, &auth("spa-local-storage"), "/api/login").header("x-forwarded-proto", "https").json(&body);
    let answer = https.send().await.unwrap();
    assert!(set_cookies(&answer).iter().all(|it| it.ends_with("; Secure")), "the server believes a trusted proxy's header");
    let answer =
        browser.bare(Method::GET, &auth("spa-local-storage"), "/api/tenant/password-validation-rules?a=%20b").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn foreign_origins_are_refused_through_the_auth_proxy() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    let request = browser.bare(Method::POST, &auth(WORKFLOW), "/api/jwt/refresh").header("origin", "https://evil.example");
    let answer = request.json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn without_fusionauth_the_auth_proxy_answers_502() {
    let cluster = TestCluster::start().await;
    let browser = cluster.browser();
    let _servers = cluster.stop_fusionauth().await;
    for workflow in [WORKFLOW, "spa-local-storage"] {
        let answer = browser.bare(Method::POST, &auth(workflow), "/api/jwt/refresh").json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    }
}

#[tokio::test]
async fn the_auth_proxy_alone_needs_no_database() {
    let cluster = TestCluster::start().await;
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("never.sqlite").display());
    let (address, auth_proxy) =
        crate::test_server::serve_both(folder.path(), &database, &cluster.fusionauth.base_url(), &["--app", "auth"]).await;
    assert_eq!(auth_proxy, None);
    let request = reqwest::Client::builder().no_proxy().build().unwrap().get(format!("http://{address}/api/status"));
    let answer = request.header("host", auth(WORKFLOW)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!folder.path().join("never.sqlite").exists());
}
