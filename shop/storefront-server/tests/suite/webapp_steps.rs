//! The workflows `webapp-jwt` and `webapp-session`: refusals in FusionAuth's published steps, which `tools/e2e/tests/diagrams` runs. Each
//! test runs with both workflows.

use crate::test_cluster::{Browser, TestCluster, location, sign_in_by_form, store};
use crate::test_server::with_status;
use reqwest::{Response, StatusCode};
use test_support::issuer::SHOPPER;

pub(crate) const WORKFLOWS: [&str; 2] = ["webapp-jwt", "webapp-session"];

/// The name of the cookie with the workflow's credential: an access token or a session id.
pub(crate) fn credential(workflow: &str) -> &'static str {
    if workflow == "webapp-jwt" { "storefront_jwt" } else { "storefront_session" }
}

/// The body of a response. If it is a page with a form that has only one field, also checks that this field gets the focus.
pub(crate) async fn text(answer: Response) -> String {
    let text = answer.text().await.unwrap();
    let fields: Vec<&str> = text.split("<div class=\"field\">").collect();
    // The form that deletes an account does not get the focus, because users should read the page first.
    if let [before, field] = *fields
        && before.contains("<section class=\"auth\">")
        && !before.contains("id=\"delete-account\"")
    {
        assert!(field.split('>').any(|tag| tag.contains("<input") && tag.ends_with(" autofocus")), "{text}");
    }
    text
}

/// A browser at the Store with an expired credential and a valid refresh token.
pub(crate) async fn with_expired_credential(cluster: &TestCluster, workflow: &str) -> Browser {
    let browser = cluster.browser();
    cluster.issue_stale();
    sign_in_by_form(&browser, &store(workflow), "shopper@example.com").await;
    cluster.issue_fresh();
    cluster.expire_sessions().await;
    browser
}

#[tokio::test]
async fn a_refused_refresh_leads_to_the_login_page_and_back() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        for (path, login, after) in
            [("/shopping-cart", "/login", "/shopping-cart"), ("/account?a=1", "/login?next=%2Faccount%3Fa%3D1", "/account?a=1")]
        {
            let browser = with_expired_credential(&cluster, workflow).await;
            cluster.revoke_all(SHOPPER).await;
            let answer = browser.get(&store, path).await;
            assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, login), "a redirect, and never 401");
            assert_eq!(text(answer).await, "");
            assert_eq!(browser.cookie_names(&store), ["storefront_flash"]);
            let page = text(browser.get(&store, login).await).await;
            assert!(page.contains("Your session has ended."), "{page}");
            assert!(!text(browser.get(&store, login).await).await.contains("has ended"), "the page shows the message once");
            let fields = [
                ("username", "shopper@example.com"),
                ("password", crate::test_cluster::PASSWORD),
                ("next", if path == after { path } else { "" }),
            ];
            let answer = browser.post_form(&store, "/login", &fields).await;
            assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, after));
        }
    }
}

#[tokio::test]
async fn a_signed_in_user_is_not_asked_again() {
    for workflow in WORKFLOWS {
        let (_cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let form = browser.open(&store, "/account?from=mail").await;
        assert!(form.path == "/login?next=%2Faccount%3Ffrom%3Dmail" && form.has("Sign in to continue."), "{} {}", form.path, form.html);
        let form = browser.press(&form, "Sign in", &[("Email", "shopper@example.com"), ("Password", "wrong-horse-battery")]).await;
        assert_eq!((form.status, form.value("Email").as_str()), (StatusCode::FORBIDDEN, "shopper@example.com"));
        let page = browser.press(&form, "Sign in", &[("Password", crate::test_cluster::PASSWORD)]).await;
        assert!(page.path == "/account?from=mail" && page.has("Your account"), "{} {}", page.path, page.html);
        assert_eq!(location(&browser.get(&store, "/login?next=%2Faccount").await), "/account");
        for evil in ["%2F%2Fevil.test", "/%5Cevil.test/", "http://evil.test/", "javascript:alert(1)"] {
            assert_eq!(location(&browser.get(&store, &format!("/login?next={evil}")).await), "/shopping-cart", "{evil}");
        }
        assert!(text(browser.get(&store, "/").await).await.contains("shopper@example.com"));
    }
}

#[tokio::test]
async fn while_fusionauth_is_down_nobody_is_signed_out() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let browser = with_expired_credential(&cluster, workflow).await;
        let _servers = cluster.stop_fusionauth().await;
        let answer = browser.get(&store, "/shopping-cart").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        assert!(text(answer).await.contains("The sign-in service isn't responding"), "the answer is a page");
        assert_eq!(browser.cookie_names(&store).len(), 2);
        assert_eq!(browser.get(&store, "/").await.status(), StatusCode::OK, "a public page is still shown");
        let fields = [("username", "shopper@example.com"), ("password", crate::test_cluster::PASSWORD)];
        let answer = browser.post_form(&store, "/login", &fields).await;
        assert!(
            text(with_status(StatusCode::SERVICE_UNAVAILABLE, answer)).await.contains("value=\"shopper@example.com\""),
            "the form keeps the typed email"
        );
    }
}
