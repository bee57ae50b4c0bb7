//! Sign-ins that FusionAuth refuses because of an administrator's action, in the API and on the page. Also the client address that
//! FusionAuth receives.

use crate::test_cluster::{PASSWORD, TestCluster, set_cookies, store};
use crate::test_server::problem;
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::Method;
use serde_json::{Value, json};
use test_support::issuer::{SECOND, SHOPPER};

/// Checks that every workflow refuses the sign-in. `kind` is the problem that the app receives. `None` means that the app receives
/// FusionAuth's own answer, which contains the end of the lock.
async fn refused(cluster: &TestCluster, login_id: &str, status: u16, kind: Option<&str>, words: &str) {
    let browser = cluster.browser();
    let answer = browser.post_json(&store("spa-backend"), "/api/login", json!({"loginId": login_id, "password": PASSWORD})).await;
    assert_eq!((answer.status().as_u16(), set_cookies(&answer).len()), (status, 0));
    match kind {
        Some(kind) => assert_eq!(problem(answer).await.kind, kind),
        None => assert!(answer.json::<Value>().await.unwrap()["actions"][0]["expiry"].is_number()),
    }
    for workflow in WORKFLOWS {
        let answer = browser.post_form(&store(workflow), "/login", &[("username", login_id), ("password", PASSWORD)]).await;
        assert_eq!((answer.status().as_u16(), set_cookies(&answer).len()), (403, 0), "{workflow}");
        assert!(text(answer).await.contains(words), "{workflow}");
    }
}

#[tokio::test]
async fn an_account_that_has_expired() {
    let cluster = TestCluster::start().await;
    let expired = json!({"user": {"expiry": storefront_server::clock::now_ms() - 1_000}});
    cluster.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), expired).await;
    refused(&cluster, "shopper@example.com", 410, Some("/problems/account-expired"), "This account has expired.").await;
}

#[tokio::test]
async fn an_action_that_prevents_signing_in() {
    let cluster = TestCluster::start().await;
    let kind = json!({"userAction": {"name": "Locked after failed logins", "preventLogin": true, "temporal": true}});
    let made: Value = cluster.admin(Method::POST, "/api/user-action", kind).await.json().await.unwrap();
    let take = json!({"action": {
        "actioneeUserId": SHOPPER, "actionerUserId": SECOND, "userActionId": made["userAction"]["id"],
        "expiry": storefront_server::clock::now_ms() + 600_000,
    }});
    cluster.admin(Method::POST, "/api/user/action", take).await;
    refused(&cluster, "shopper@example.com", 409, None, "Sign-in is blocked for now.").await;
}

#[tokio::test]
async fn fusionauth_receives_the_client_address_of_a_login() {
    let received = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let keep = std::sync::Arc::clone(&received);
    let fusionauth = axum::Router::new().fallback(async move |headers: axum::http::HeaderMap| {
        keep.lock().unwrap().push(headers["x-forwarded-for"].to_str().unwrap().to_owned());
        axum::http::StatusCode::NOT_FOUND
    });
    tokio::spawn(async move { axum::serve(listener, fusionauth).await });
    for (flags, expected) in [(&[][..], "127.0.0.1"), (&["--trusted-proxies=127.0.0.1"], "192.0.2.7")] {
        let folder = tempfile::tempdir().unwrap();
        let database = crate::test_server::fresh_database(folder.path()).await;
        let address = crate::test_server::serve(folder.path(), &database, &url, flags).await;
        let client = test_support::http_client();
        for (host, path, form) in [(store("spa-backend"), "/api/login", false), (store("webapp-jwt"), "/login", true)] {
            let request =
                client.post(format!("http://{address}{path}")).header("host", host).header("x-forwarded-for", "6.6.6.6, 192.0.2.7");
            let request = if form {
                request.header("content-type", "application/x-www-form-urlencoded").body("username=a&password=b")
            } else {
                request.json(&json!({"loginId": "a", "password": "b"}))
            };
            request.send().await.unwrap();
            assert_eq!(received.lock().unwrap().pop().as_deref(), Some(expected), "{path} {flags:?}");
        }
    }
}
