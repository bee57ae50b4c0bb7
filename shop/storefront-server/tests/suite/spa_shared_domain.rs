//! The workflow `spa-shared-domain`, through the proxy in front of FusionAuth: refusals in the published steps, which `tools/e2e/tests/diagrams` runs, and the
//! names of the cookies.

use crate::test_cluster::{Browser, PASSWORD, TestCluster, attacker, auth, forged, forums, set_cookies, store};
use crate::test_server::{problem, with_status};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use storefront_api::Cart;
use test_support::issuer::{FORUMS, SHOPPER, STORE};

const WORKFLOW: &str = "spa-shared-domain";
const PARENT: &str = "spa-shared-domain.localhost";
const CART: &str = "/api/load-shopping-cart";

pub(crate) async fn sign_in(browser: &Browser, site: &str, application: &str) -> Response {
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": application});
    let answer = browser.post_to_fusionauth(site, "/api/login", body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer
}

#[tokio::test]
async fn steps_21_to_30_the_forums_clobber_the_store_and_open_nothing_there() {
    let (cluster, store, forums) = (TestCluster::start_as_published().await, store(WORKFLOW), forums(WORKFLOW));
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
        assert_eq!(problem(with_status(StatusCode::UNAUTHORIZED, answer)).await.kind, "/problems/token-of-another-application");
        assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::NOT_FOUND);
        assert_eq!(browser.post_to_fusionauth(&store, "/api/jwt/refresh", json!({})).await.status(), StatusCode::OK);
    }
}

/// The status of what only a user gets, at the Store and at the Forums.
async fn read_both(browser: &Browser) -> [StatusCode; 2] {
    [browser.get(&store(WORKFLOW), CART).await.status(), browser.get(&forums(WORKFLOW), "/api/load-posts").await.status()]
}

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

#[tokio::test]
async fn a_sign_in_and_a_sign_out_at_the_forums_leave_the_store_signed_in() {
    let (cluster, store, forums) = (TestCluster::start().await, store(WORKFLOW), forums(WORKFLOW));
    cluster.one_time_use().await;
    let browser = cluster.browser();
    sign_in(&browser, &store, STORE).await;
    assert_eq!(read_both(&browser).await, [OK, UNAUTHORIZED], "the Forums do not read the Store's cookie");
    sign_in(&browser, &forums, FORUMS).await;
    for _ in 0..2 {
        assert_eq!(read_both(&browser).await, [OK; 2]);
        for site in [&store, &forums] {
            assert_eq!(browser.post_to_fusionauth(site, "/api/jwt/refresh", json!({})).await.status(), OK, "{site}");
        }
    }
    assert_eq!(browser.post_to_fusionauth(&forums, "/api/logout", json!({})).await.status(), OK);
    assert_eq!(browser.cookie_names(PARENT), ["store.access_token", "store.refresh_token"]);
    let refused = browser.post_to_fusionauth(&forums, "/api/jwt/refresh", json!({})).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(browser.post_to_fusionauth(&store, "/api/jwt/refresh", json!({})).await.status(), OK);
    assert_eq!(read_both(&browser).await, [OK, UNAUTHORIZED]);
    // A sign-out everywhere ends both.
    sign_in(&browser, &forums, FORUMS).await;
    assert_eq!(browser.post_json(&store, "/api/account/sign-out-everywhere", json!({})).await.status(), OK);
    for site in [&store, &forums] {
        let refused = browser.post_to_fusionauth(site, "/api/jwt/refresh", json!({})).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{site}");
    }
}

/// A browser with FusionAuth's own names of cookies, as from before its host had names of each application.
async fn with_old_cookies(cluster: &TestCluster, site: &str, application: &str) -> Browser {
    let (before, browser) = (cluster.browser(), cluster.browser());
    sign_in(&before, site, application).await;
    for name in before.cookie_names(PARENT) {
        let (_, old) = name.split_once('.').unwrap();
        browser.set_cookie(PARENT, old, &before.cookie(PARENT, &name).unwrap());
    }
    browser
}

#[tokio::test]
async fn old_cookies_renew_once_and_stay_with_their_application() {
    let (cluster, store, forums) = (TestCluster::start().await, store(WORKFLOW), forums(WORKFLOW));
    cluster.one_time_use().await;
    let names = |application: &str| ["access_token", "refresh_token"].map(|it| format!("{application}.{it}"));
    let renew = async |browser: &Browser, site: &str| browser.post_to_fusionauth(site, "/api/jwt/refresh", json!({})).await.status();

    let browser = with_old_cookies(&cluster, &store, STORE).await;
    assert_eq!(read_both(&browser).await, [OK, UNAUTHORIZED], "the Store accepts the old cookie");
    assert_eq!(renew(&browser, &forums).await, StatusCode::BAD_REQUEST, "the Forums do not send the Store's cookie");
    assert_eq!(renew(&browser, &store).await, OK);
    assert_eq!(browser.cookie_names(PARENT), names("store"), "the old cookies are gone");
    assert_eq!((renew(&browser, &store).await, read_both(&browser).await), (OK, [OK, UNAUTHORIZED]));

    // Without the access token, which ends with the browser, nobody knows the application of an old refresh token before it is used.
    let browser = with_old_cookies(&cluster, &forums, FORUMS).await;
    browser.forget_cookie(PARENT, "access_token");
    assert_eq!(renew(&browser, &store).await, OK);
    assert_eq!(browser.cookie_names(PARENT), names("forums"), "the answer's tokens are the Forums'");
    assert_eq!(browser.get(&store, "/api/user").await.status(), StatusCode::NOT_FOUND, "the Store's app sees that it is displaced");
    assert_eq!((renew(&browser, &forums).await, read_both(&browser).await), (OK, [UNAUTHORIZED, OK]));

    // A sign-in replaces the old cookies of its application, and leaves the other's.
    for (site, application, remaining) in [(&forums, FORUMS, 0), (&store, STORE, 2)] {
        let browser = with_old_cookies(&cluster, &forums, FORUMS).await;
        sign_in(&browser, site, application).await;
        let old = browser.cookie_names(PARENT).into_iter().filter(|it| !it.contains('.'));
        assert_eq!(old.count(), remaining, "{site}");
        assert_eq!(renew(&browser, &forums).await, OK, "{site}");
    }

    // A sign-out ends the sign-in of an old cookie, and never another application's.
    for (site, application, remaining) in [(&store, STORE, 0), (&forums, FORUMS, 2)] {
        let browser = with_old_cookies(&cluster, site, application).await;
        assert_eq!(browser.post_to_fusionauth(&store, "/api/logout", json!({})).await.status(), OK);
        assert_eq!(browser.cookie_names(PARENT).len(), remaining, "{site}");
        assert_eq!(renew(&browser, site).await, if remaining == 0 { StatusCode::BAD_REQUEST } else { OK }, "{site}");
    }
}

#[tokio::test]
async fn a_request_of_an_unknown_origin_has_no_application_s_cookies() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store(WORKFLOW)).await;
    sign_in(&browser, &store, STORE).await;
    let answer = browser.post_json(&auth(WORKFLOW), "/api/jwt/refresh", json!({})).await;
    assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::BAD_REQUEST, 0));
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": FORUMS});
    let answer = browser.post_json(&auth(WORKFLOW), "/api/login", body).await;
    assert_eq!(answer.status(), OK);
    assert_eq!(browser.cookie_names(PARENT), ["access_token", "refresh_token", "store.access_token", "store.refresh_token"]);
    assert_eq!(browser.get(&store, CART).await.status(), OK, "the Store reads its own cookie first");
}

#[tokio::test]
async fn the_backends_accept_neither_a_bearer_header_nor_other_workflows_cookies() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store(WORKFLOW)).await;
    sign_in(&browser, &store, STORE).await;
    let jwt = browser.cookie(PARENT, "store.access_token").unwrap();
    assert_eq!(browser.bare(Method::GET, &store, CART).bearer_auth(&jwt).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(attacker(&browser, &store, CART, &format!("storefront_jwt={jwt}")).await.status(), StatusCode::UNAUTHORIZED);
    let request = browser.request(Method::DELETE, &store, "/api/shopping-cart/lines/enamel-mug");
    assert_eq!(forged(request, Some("cross-site"), None).await.status(), StatusCode::FORBIDDEN);
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
        let direct = test_support::http_client().post(format!("{}/api/login", cluster.fusionauth.base_url()));
        let direct = direct.header("host", format!("{host}:9011")).header("origin", &site).json(&body).send().await.unwrap();
        let names = |answer: &Response| answer.headers().keys().map(|it| it.as_str().to_owned()).collect::<std::collections::BTreeSet<_>>();
        let mut expected = names(&direct);
        expected.extend(["x-request-id", "content-length", "x-content-type-options"].map(ToOwned::to_owned));
        assert_eq!(names(&through), expected);
        assert!(set_cookies(&through).iter().all(|it| !it.contains("Domain")));
        assert_eq!(
            (through.status(), through.headers()["content-type"].clone()),
            (direct.status(), direct.headers()["content-type"].clone())
        );
        let (through, direct): (Value, Value) = (through.json().await.unwrap(), direct.json().await.unwrap());
        assert!(through["token"].is_string());
        assert_eq!(through.as_object().unwrap().keys().collect::<Vec<_>>(), ["refreshTokenId", "token", "user"]);
        assert_eq!(through["user"], json!({"email": direct["user"]["email"], "id": SHOPPER}));
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
    let request = test_support::http_client().get(format!("http://{address}/api/status"));
    let answer = request.header("host", auth(WORKFLOW)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!folder.path().join("never.sqlite").exists());
}
