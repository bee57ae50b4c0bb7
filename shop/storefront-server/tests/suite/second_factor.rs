//! The second factor in a sign-in on the server-rendered pages: the ways to get a code, the message about each way, and trusted devices.

use crate::browse::assert_has;
use crate::forgotten_password::{code_state, send_code_form, set_methods};
use crate::test_cluster::{Browser, PASSWORD, TestCluster, store};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::StatusCode;
use serde_json::json;

const USER: &str = "twofactor@example.com";

async fn sign_in(browser: &Browser, host: &str) -> String {
    let fields = [("username", USER), ("password", PASSWORD), ("next", "/account")];
    let answer = browser.post_form(host, "/login", &fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    text(answer).await
}

#[tokio::test]
async fn the_only_way_to_a_code_is_taken_at_once() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        set_methods(&cluster, json!([{"method": "email", "email": "toni@example.com"}])).await;
        let browser = cluster.browser();
        let page = sign_in(&browser, &store).await;
        assert!(page.contains("We sent a code to t…@example.com.") && !page.contains("toni@"), "{page}");
        let way = code_state(&page).pop().unwrap().1;
        let state = code_state(&page);
        let fields: Vec<(&str, &str)> =
            state.iter().map(|(name, value)| (*name, value.as_str())).chain([("send_to", way.as_str()), ("username", USER)]).collect();
        let answer = browser.post_form(&store, "/login/code", &fields).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "the server sends no second code within half a minute");
        assert!(answer.headers().contains_key("retry-after"));
        assert!(text(answer).await.contains("We sent you a code a moment ago."));
        let code = cluster.mailed("toni@example.com", "code").await;
        let (status, _) = send_code_form(&browser, &store, "/login/code", &page, &[("code", &code), ("next", "/account")]).await;
        assert_eq!(status, StatusCode::FOUND);
        assert_eq!(browser.get(&store, "/account").await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn of_several_ways_the_user_chooses() {
    let (cluster, store) = (TestCluster::start_with(&["--limit-messages", "9/30"], 1).await, store("webapp-session"));
    let methods = json!([{"method": "authenticator", "secret": "SGVsbG8h3q2+7w=="}, {"method": "email", "email": "toni@example.com"},
        {"method": "sms", "mobilePhone": "+49 30 1234"}]);
    set_methods(&cluster, methods).await;
    let browser = cluster.browser();
    let page = sign_in(&browser, &store).await;
    assert_has(&page, &["from your authenticator app", "Send a code to t…@example.com", "Send a code to …34"]);
    let way = |page: &str, label: &str| {
        let (before, _) = page.split_once(label).unwrap_or_else(|| panic!("no {label} in {page}"));
        before.rsplit("name=\"send_to\" value=\"").next().unwrap().split('"').next().unwrap().to_owned()
    };
    let sms = way(&page, "Send a code to …34");
    let (status, page) = send_code_form(&browser, &store, "/login/code", &page, &[("send_to", &sms), ("username", USER)]).await;
    assert!(status == StatusCode::OK && page.contains("We sent a code to …34.") && page.contains("Send another code"), "{page}");
    let first = cluster.mailed("+49 30 1234", "code").await;
    let email = way(&page, "Send a code to t…@example.com");
    let (_, page) = send_code_form(&browser, &store, "/login/code", &page, &[("send_to", &email)]).await;
    let second = cluster.mailed("toni@example.com", "code").await;
    if first != second {
        let (status, _) = send_code_form(&browser, &store, "/login/code", &page, &[("code", &first)]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "only the newest code is valid");
    }
    let (status, again) = send_code_form(&browser, &store, "/login/code", &page, &[("send_to", "unknown")]).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && again.contains("We couldn't send the code."), "{again}");
    // A recovery code works whichever methods the account has.
    let (status, _) = send_code_form(&browser, &store, "/login/code", &page, &[("code", "AAAA-BBBB")]).await;
    assert_eq!(status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_trusted_device_is_asked_for_no_code_and_any_other_is() {
    for workflow in WORKFLOWS {
        let (cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let page = browser.press(&browser.open(&store, "/login").await, "Sign in", &[("Email", USER), ("Password", PASSWORD)]).await;
        let code = test_support::totp::now();
        let typed = [("Code", code.as_str()), ("Don't ask for a code on this device again", "yes")];
        let page = browser.press(&page, "Check code", &typed).await;
        assert!(page.path == "/shopping-cart" && page.status == StatusCode::OK, "{}", page.html);
        assert_eq!(browser.press(&page, "Sign out", &[]).await.path, "/login");
        let fields = [("username", USER), ("password", PASSWORD)];
        assert_eq!(browser.post_form(&store, "/login", &fields).await.status(), StatusCode::FOUND, "a trusted device needs no code");
        let wrong = [("username", USER), ("password", "wrong-horse-battery")];
        assert_eq!(
            browser.post_form(&store, "/login", &wrong).await.status(),
            StatusCode::FORBIDDEN,
            "a trusted device still needs the password"
        );
        assert_eq!(
            cluster.browser().post_form(&store, "/login", &fields).await.status(),
            StatusCode::OK,
            "another device gets the form for the code"
        );
    }
}
