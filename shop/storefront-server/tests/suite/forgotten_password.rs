//! A forgotten password, and a password that the user must change, on the server-rendered pages: the message, its link, the new password,
//! and the error pages.

use crate::account_api::subjects;
use crate::browse::hidden;
use crate::test_cluster::{Browser, NEW_PASSWORD, PASSWORD, TENANT, TestCluster, location, store};
use crate::test_server::with_status;
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SHOPPER: &str = "shopper@example.com";

/// The path of the link in FusionAuth's newest message to an email address. The link must lead to `host`.
pub(crate) async fn mailed_path(cluster: &TestCluster, to: &str, host: &str) -> String {
    let messages = cluster.messages(to).await;
    let text = messages.iter().rfind(|it| it["topic"] != "chosen").unwrap()["text"].as_str().unwrap();
    let (_, link) = text.split_once("http://").unwrap_or_else(|| panic!("{text}"));
    let (site, path) = link.split_whitespace().next().unwrap().split_once('/').unwrap();
    assert_eq!(site.split(':').next().unwrap(), host);
    format!("/{path}")
}

async fn ask_for_link(browser: &Browser, host: &str, username: &str) -> (StatusCode, String) {
    let answer = browser.post_form(host, "/forgot-password", &[("username", username)]).await;
    (answer.status(), text(answer).await)
}

#[tokio::test]
async fn a_mailed_link_leads_to_a_new_password_and_a_sign_in() {
    for workflow in WORKFLOWS {
        let (cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        assert!(text(browser.get(&store, "/login").await).await.contains("formaction=\"/forgot-password\""));
        let (status, page) = ask_for_link(&browser, &store, SHOPPER).await;
        assert!(status == StatusCode::OK && page.contains("Check your email"), "{page}");
        let link = mailed_path(&cluster, SHOPPER, &store).await;

        // The user may open the link in a different browser from the one in which they asked for it.
        let browser = cluster.browser();
        let answer = browser.get(&store, &link).await;
        assert_eq!(
            (answer.status(), location(&answer)),
            (StatusCode::SEE_OTHER, "/change-password"),
            "the redirect removes the id from the URL"
        );
        let page = text(browser.get(&store, "/change-password").await).await;
        assert!(page.contains("At least 8 characters") && !page.contains(link.rsplit('/').next().unwrap()), "{page}");
        for (password, words) in [("", "Enter a password."), ("short", "Choose a longer password.")] {
            let answer = browser.post_form(&store, "/change-password", &[("password", password)]).await;
            let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, answer)).await;
            assert!(page.contains(words) && page.contains("role=\"alert\"") && !page.contains("value=\"short\""), "{page}");
        }
        let answer = browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/shopping-cart"));
        let page = text(browser.get(&store, "/shopping-cart").await).await;
        assert!(page.contains("Password changed. You're signed in."), "{page}");
        assert_eq!(browser.cookie(&store, "storefront_change_password_id").as_deref(), None);
        assert_eq!(subjects(&cluster, 1).await, ["Your password has changed"], "{workflow}");

        for (password, status) in [(PASSWORD, StatusCode::FORBIDDEN), (NEW_PASSWORD, StatusCode::FOUND)] {
            let answer = cluster.browser().post_form(&store, "/login", &[("username", SHOPPER), ("password", password)]).await;
            assert_eq!(answer.status(), status);
        }
        let other = cluster.browser();
        let page = other.open(&store, &link).await;
        assert!(page.status == StatusCode::NOT_FOUND && page.has("This link is no longer valid."), "{}", page.html);
        let page = other.press(&page, "Send the link", &[("Email", SHOPPER)]).await;
        assert!(page.has("Check your email"), "{}", page.html);
        assert_ne!(mailed_path(&cluster, SHOPPER, &store).await, link);
    }
}

/// Replaces the second-factor methods of `twofactor@example.com`.
pub(crate) async fn set_methods(cluster: &TestCluster, methods: Value) {
    let body = json!({"user": {"twoFactor": {"methods": methods, "recoveryCodes": ["AAAA-BBBB"]}}});
    cluster.replace("/api/user/20000000-0000-0000-0000-000000000006", body).await;
    let sms = json!({"tenant": {"multiFactorConfiguration": {"sms": {"enabled": true}}}});
    cluster.replace(TENANT, sms).await;
}

/// The hidden inputs of the form for a code.
pub(crate) fn code_state(page: &str) -> Vec<(&'static str, String)> {
    ["two_factor_id", "methods", "sent"].map(|it| (it, hidden(page, it))).to_vec()
}

pub(crate) async fn send_code_form(browser: &Browser, host: &str, path: &str, page: &str, more: &[(&str, &str)]) -> (StatusCode, String) {
    let state = code_state(page);
    let fields: Vec<(&str, &str)> = state.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect();
    let answer = browser.post_form(host, path, &fields).await;
    (answer.status(), text(answer).await)
}

#[tokio::test]
async fn a_mailed_link_of_an_account_with_a_second_factor_asks_for_its_code_first() {
    const TO: &str = "twofactor@example.com";
    for workflow in WORKFLOWS {
        let (cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        ask_for_link(&browser, &store, TO).await;
        browser.get(&store, &mailed_path(&cluster, TO, &store).await).await;
        let page = browser.open(&store, "/change-password").await;
        assert!(page.has("Two-factor authentication protects this account") && page.has("autocomplete=\"one-time-code\""), "{}", page.html);
        assert!(!page.has("new-password"), "the page asks for the code before the new password");
        let again = browser.press(&page, "Check code", &[("Code", "000000")]).await;
        assert!(again.status == StatusCode::FORBIDDEN && again.has("That code is not correct."), "{}", again.html);
        let again = browser.press(&again, "Check code", &[("Code", "")]).await;
        assert!(again.status == StatusCode::UNPROCESSABLE_ENTITY && again.has("Enter your code"), "{}", again.html);
        let page = browser.press(&again, "Check code", &[("Code", &test_support::totp::now())]).await;
        assert!(page.path == "/change-password" && page.has("At least 8 characters"), "{}", page.html);
        let page = browser.press(&page, "Change password", &[("New password", "short")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = browser.press(&page, "Change password", &[("New password", NEW_PASSWORD)]).await;
        assert!(page.path == "/shopping-cart" && page.has("Password changed. You're signed in."), "{} {}", page.path, page.html);
        let left = browser.cookie_names(&store);
        assert!(!left.iter().any(|it| it.contains("link_trust") || it.contains("change_password")), "{left:?}");
    }
}

#[tokio::test]
async fn a_trust_that_is_too_old_or_was_never_given_asks_for_a_code_again() {
    const TO: &str = "twofactor@example.com";
    let (cluster, store, browser) = TestCluster::with_browser_at(store("webapp-jwt")).await;
    ask_for_link(&browser, &store, TO).await;
    browser.get(&store, &mailed_path(&cluster, TO, &store).await).await;
    browser.set_cookie(&store, "storefront_link_trust", "made-up");
    let page = text(browser.get(&store, "/change-password").await).await;
    assert!(page.contains("At least 8 characters"), "{page}");
    let answer = browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await;
    let page = text(with_status(StatusCode::FORBIDDEN, answer)).await;
    assert!(page.contains("You ran out of time to enter the code.") && page.contains("action=\"/change-password/code\""), "{page}");
    let (status, _) = send_code_form(&browser, &store, "/change-password/code", &page, &[("code", "AAAA-BBBB")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "the account has no such recovery code");
}

#[tokio::test]
async fn without_an_api_key_a_second_factor_cannot_be_shown_for_a_link() {
    const TO: &str = "twofactor@example.com";
    let flags = ["--encryption-secret", "0123456789abcdef0123456789abcdef"];
    let (cluster, store) = (TestCluster::start_with(&flags, 1).await, store("webapp-jwt"));
    let browser = cluster.browser();
    ask_for_link(&browser, &store, TO).await;
    browser.get(&store, &mailed_path(&cluster, TO, &store).await).await;
    let answer = browser.get(&store, "/change-password").await;
    assert!(text(with_status(StatusCode::FORBIDDEN, answer)).await.contains("the link alone can't change its password"));
}

#[tokio::test]
async fn the_form_does_not_reveal_accounts() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("webapp-jwt")).await;
    let mut pages = Vec::new();
    for username in [SHOPPER, "nobody@example.com"] {
        let began = Instant::now();
        let (status, page) = ask_for_link(&browser, &store, username).await;
        assert_eq!(status, StatusCode::OK);
        assert!(began.elapsed() >= Duration::from_secs(1), "the answer about {username} came after {:?}", began.elapsed());
        pages.push(page.replace("<wbr>", "").replace(username, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_in_the_sign_in() {
    for workflow in WORKFLOWS {
        let (_cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let form = browser.open(&store, "/login?next=%2Faccount").await;
        let page = browser.press(&form, "Sign in", &[("Email", "change@example.com"), ("Password", PASSWORD)]).await;
        assert!(page.status == StatusCode::OK && page.has("Choose a new password"), "{}", page.html);
        assert!(page.has("You need to change your password before you sign in."), "{}", page.html);
        assert_eq!(browser.cookie_names(&store), [""; 0]);
        let again = browser.press(&page, "Change password", &[("New password", "short")]).await;
        assert!(again.has("Choose a longer password."), "the page shows the form again: {}", again.html);
        let account = browser.press(&again, "Change password", &[("New password", NEW_PASSWORD)]).await;
        assert!(account.path == "/account" && account.status == StatusCode::OK);
        assert!(account.has("Password changed. You're signed in."), "{}", account.html);
        let late = browser.press(&again, "Change password", &[("New password", NEW_PASSWORD)]).await;
        assert!(late.has("This link is no longer valid.") && late.value("Email") == "change@example.com", "{}", late.html);
    }
}

#[tokio::test]
async fn each_fault_has_its_page_and_changes_nothing() {
    let (cluster, store) = (TestCluster::start_with(&["--limit-password-links", "3/600"], 1).await, store("webapp-session"));
    let browser = cluster.browser();
    let (status, page) = ask_for_link(&browser, &store, " ").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Enter your email address."), "{page}");
    let answer = browser.get(&store, "/change-password").await;
    assert!(text(with_status(StatusCode::NOT_FOUND, answer)).await.contains("This link is no longer valid."));
    assert_eq!(browser.get(&store, "/change-password/a%3Bb").await.status(), StatusCode::NOT_FOUND, "a cookie cannot hold this id");

    ask_for_link(&browser, &store, SHOPPER).await;
    browser.get(&store, &mailed_path(&cluster, SHOPPER, &store).await).await;
    cluster.fault(json!({"path": "/api/user/change-password", "status": 500})).await;
    cluster.fault(json!({"path": "/api/user/forgot-password", "status": 503})).await;
    let (status, page) = ask_for_link(&browser, &store, SHOPPER).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && page.contains("responding right now") && page.contains(SHOPPER), "{page}");
    let answer = browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await;
    assert!(text(with_status(StatusCode::SERVICE_UNAVAILABLE, answer)).await.contains("may already have changed"));
    cluster.no_faults().await;
    assert_eq!(browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await.status(), StatusCode::FOUND);

    ask_for_link(&browser, &store, SHOPPER).await;
    let answer = browser.post_form(&store, "/forgot-password", &[("username", "Shopper@example.com")]).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
}
