//! A forgotten password and a password that has to be changed, on the server-rendered pages: the message, its link, the new password,
//! and what each of them answers when it cannot be used.

use crate::test_cluster::{Browser, PASSWORD, TestCluster, location, set_cookies, store};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SHOPPER: &str = "shopper@example.com";
const NEW_PASSWORD: &str = "a-better-password";

/// The path of the link in the newest message to an address. The link leads to the site that was asked.
async fn mailed_path(cluster: &TestCluster, to: &str, host: &str) -> String {
    let mail: Value = cluster.admin(Method::GET, &format!("/emulator/mail?to={to}"), Value::Null).await.json().await.unwrap();
    let text = mail["messages"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned();
    let (_, link) = text.split_once("http://").unwrap_or_else(|| panic!("{text}"));
    let (site, path) = link.split_once('/').unwrap();
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
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let browser = cluster.browser();
        assert!(text(browser.get(&store, "/login").await).await.contains("<a href=\"/forgot-password\">"));
        let (status, page) = ask_for_link(&browser, &store, SHOPPER).await;
        assert!(status == StatusCode::OK && page.contains("Check your email"), "{page}");
        let link = mailed_path(&cluster, SHOPPER, &store).await;

        // The link may be opened in another browser than the one that asked for it.
        let browser = cluster.browser();
        let answer = browser.get(&store, &link).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/change-password"), "the id leaves the address bar");
        let page = text(browser.get(&store, "/change-password").await).await;
        assert!(page.contains("At least 8 characters") && !page.contains(link.rsplit('/').next().unwrap()), "{page}");
        for (password, words) in [("", "Enter a password."), ("short", "Choose a longer password.")] {
            let answer = browser.post_form(&store, "/change-password", &[("password", password)]).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            let page = text(answer).await;
            assert!(page.contains(words) && page.contains("role=\"alert\"") && !page.contains("value=\"short\""), "{page}");
        }
        let answer = browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/shopping-cart"));
        let page = text(browser.get(&store, "/shopping-cart").await).await;
        assert!(page.contains("Your password is changed, and you are signed in."), "{page}");
        assert_eq!(browser.cookie(&store, "storefront_change_password_id").as_deref(), None);

        for (password, status) in [(PASSWORD, StatusCode::FORBIDDEN), (NEW_PASSWORD, StatusCode::FOUND)] {
            let answer = cluster.browser().post_form(&store, "/login", &[("username", SHOPPER), ("password", password)]).await;
            assert_eq!(answer.status(), status);
        }
        let other = cluster.browser();
        other.get(&store, &link).await;
        let answer = other.get(&store, "/change-password").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let page = text(answer).await;
        assert!(page.contains("This link does not work any more.") && page.contains("action=\"/forgot-password\""), "{page}");
    }
}

#[tokio::test]
async fn nobody_learns_from_it_who_has_an_account() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-jwt"));
    let browser = cluster.browser();
    let mut pages = Vec::new();
    for username in [SHOPPER, "nobody@example.com"] {
        let began = Instant::now();
        let (status, page) = ask_for_link(&browser, &store, username).await;
        assert_eq!(status, StatusCode::OK);
        assert!(began.elapsed() >= Duration::from_secs(1), "the answer about {username} came after {:?}", began.elapsed());
        pages.push(page.replace(username, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn a_password_that_has_to_be_changed_is_changed_in_the_sign_in() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let browser = cluster.browser();
        let fields = [("username", "change@example.com"), ("password", PASSWORD), ("next", "/account")];
        let answer = browser.post_form(&store, "/login", &fields).await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 0));
        let page = text(answer).await;
        assert!(
            page.contains("Your password has to be changed before you can sign in.") && page.contains("name=\"next\" value=\"/account\"")
        );
        let id = page.split_once("name=\"change_password_id\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
        let send = async |password: &str| {
            let fields = [("password", password), ("change_password_id", &id), ("username", "change@example.com"), ("next", "/account")];
            browser.post_form(&store, "/change-password", &fields).await
        };
        let page = text(send("short").await).await;
        assert!(page.contains("Choose a longer password.") && page.contains(&id), "the form stands there again: {page}");
        let answer = send(NEW_PASSWORD).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/account"));
        assert_eq!(browser.get(&store, "/account").await.status(), StatusCode::OK);
        let page = text(send(NEW_PASSWORD).await).await;
        assert!(page.contains("This link does not work any more.") && page.contains("value=\"change@example.com\""), "{page}");
    }
}

#[tokio::test]
async fn each_fault_has_its_page_and_changes_nothing() {
    let (cluster, store) = (TestCluster::start_with(&["--limit-password-links", "3/600"], 1).await, store("webapp-session"));
    let browser = cluster.browser();
    let (status, page) = ask_for_link(&browser, &store, " ").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Enter your email address"), "{page}");
    let answer = browser.get(&store, "/change-password").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(text(answer).await.contains("This link does not work any more."));
    assert_eq!(browser.get(&store, "/change-password/a%3Bb").await.status(), StatusCode::NOT_FOUND, "not a cookie's value");

    ask_for_link(&browser, &store, SHOPPER).await;
    browser.get(&store, &mailed_path(&cluster, SHOPPER, &store).await).await;
    cluster.fault(json!({"path": "/api/user/change-password", "status": 503})).await;
    cluster.fault(json!({"path": "/api/user/forgot-password", "status": 503})).await;
    let (status, page) = ask_for_link(&browser, &store, SHOPPER).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && page.contains("answer right now") && page.contains(SHOPPER), "{page}");
    let answer = browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    cluster.no_faults().await;
    assert_eq!(browser.post_form(&store, "/change-password", &[("password", NEW_PASSWORD)]).await.status(), StatusCode::FOUND);

    ask_for_link(&browser, &store, SHOPPER).await;
    let answer = browser.post_form(&store, "/forgot-password", &[("username", "Shopper@example.com")]).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
}
