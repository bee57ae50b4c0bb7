//! "Keep me signed in": which cookies have a `Max-Age`, at the sign-in and after a renewal, for each way to sign in on this server. A
//! browser deletes a cookie without `Max-Age` when the browser is closed.

use crate::forgotten_password::mailed_path;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, set_cookies, store};
use crate::webapp_steps::{WORKFLOWS, credential, text};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use test_support::totp;

const SHOPPER: &str = "shopper@example.com";
const MARK: &str = "storefront_browser_session";
const KEPT: &str = "; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax";
const UNTIL_CLOSED: &str = "; Path=/; HttpOnly; SameSite=Lax";
const KEEP: (&str, &str) = ("keep", "yes");

/// The names and attributes of the sign-in cookies that an answer sets, sorted.
fn credentials(answer: &Response) -> Vec<(String, String)> {
    let attributes = |line: &str| {
        let (pair, attributes) = line.split_once(';').unwrap();
        (pair.split_once('=').unwrap().0.to_owned(), format!(";{attributes}"))
    };
    let mut all: Vec<_> = set_cookies(answer).into_iter().map(attributes).filter(|(name, _)| name != "storefront_flash").collect();
    all.sort();
    all
}

fn expected(names: &[&str], attributes: &str) -> Vec<(String, String)> {
    let mut all: Vec<_> = names.iter().map(|it| ((*it).to_owned(), attributes.to_owned())).collect();
    all.sort();
    all
}

/// The cookies of a sign-in that ends when the browser is closed.
fn until_closed(credential: &str) -> Vec<(String, String)> {
    expected(&[credential, "storefront_refresh_token", MARK], UNTIL_CLOSED)
}

/// The cookies of a sign-in that remains when the browser is closed.
fn kept(credential: &str) -> Vec<(String, String)> {
    expected(&[credential, "storefront_refresh_token"], KEPT)
}

async fn sign_in_by_form(browser: &Browser, host: &str, login_id: &str, more: &[(&str, &str)]) -> Response {
    let fields: Vec<_> = [("username", login_id), ("password", PASSWORD)].into_iter().chain(more.iter().copied()).collect();
    browser.post_form(host, "/login", &fields).await
}

#[tokio::test]
async fn the_pages_renew_cookies_with_the_life_that_was_chosen() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let (browser, name) = (cluster.browser(), credential(workflow));
        let renewed = async || {
            cluster.issue_fresh();
            cluster.expire_sessions().await;
            credentials(&browser.get(&store, "/shopping-cart").await)
        };
        cluster.issue_stale();
        assert_eq!(credentials(&sign_in_by_form(&browser, &store, SHOPPER, &[]).await), until_closed(name));
        assert_eq!(renewed().await, expected(&[name, "storefront_refresh_token"], UNTIL_CLOSED), "{workflow}");
        // At the next sign-in in the same browser, the user chooses again.
        cluster.issue_stale();
        let answer = sign_in_by_form(&browser, &store, SHOPPER, &[KEEP]).await;
        assert!(set_cookies(&answer).contains(&&*format!("{MARK}=; Max-Age=0{UNTIL_CLOSED}")));
        assert_eq!(browser.cookie(&store, MARK), None);
        assert_eq!(renewed().await, kept(name), "{workflow}");
    }
}

#[tokio::test]
async fn the_backend_renews_cookies_with_the_life_that_was_chosen() {
    let (cluster, store) = (TestCluster::start().await, store("spa-backend"));
    let (browser, name) = (cluster.browser(), "storefront_jwt");
    let sign_in = async |keep: Value| {
        cluster.issue_stale();
        let mut body = json!({"loginId": SHOPPER, "password": PASSWORD});
        body["keepSignedIn"] = keep;
        let answer = browser.post_json(&store, "/api/login", body).await;
        cluster.issue_fresh();
        answer
    };
    let renewed = async || credentials(&browser.get(&store, "/api/load-shopping-cart").await);
    assert_eq!(
        credentials(&sign_in(Value::Null).await),
        kept(name),
        "if the first sign-in sends no choice, the server keeps the user signed in"
    );
    assert_eq!(credentials(&sign_in(json!(false)).await), until_closed(name));
    assert_eq!(renewed().await, expected(&[name, "storefront_refresh_token"], UNTIL_CLOSED));
    assert_eq!(
        credentials(&sign_in(Value::Null).await),
        until_closed(name),
        "if the app sends no choice, as after a change of the password, the previous choice applies"
    );
    assert_eq!(
        browser.post_json(&store, "/api/login", json!({"loginId": SHOPPER, "password": "wrong", "keepSignedIn": true})).await.status(),
        404
    );
    assert!(browser.cookie(&store, MARK).is_some(), "a sign-in that fails changes nothing");
    sign_in(json!(true)).await;
    assert_eq!((browser.cookie(&store, MARK), renewed().await), (None, kept(name)));
    sign_in(json!(false)).await;
    assert_eq!(browser.post_json(&store, "/api/logout", json!({})).await.status(), StatusCode::OK);
    assert_eq!(browser.cookie(&store, MARK), None, "a sign-out deletes the mark");
}

#[tokio::test]
async fn the_backend_takes_the_choice_with_a_second_factor() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    let body = json!({"loginId": "twofactor@example.com", "password": PASSWORD, "keepSignedIn": false});
    let answer = browser.post_json(&store, "/api/login", body).await;
    assert_eq!(credentials(&answer), []);
    let id = answer.json::<Value>().await.unwrap()["twoFactorId"].clone();
    let body = json!({"twoFactorId": id, "code": totp::now(), "keepSignedIn": false});
    assert_eq!(credentials(&browser.post_json(&store, "/api/two-factor/login", body).await), until_closed("storefront_jwt"));
}

/// The value of a hidden input.
fn hidden<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    page.split_once(&format!("type=\"hidden\" name=\"{name}\" value=\""))?.1.split('"').next()
}

#[tokio::test]
async fn each_step_of_a_sign_in_passes_the_choice_on() {
    for workflow in WORKFLOWS {
        for (box_ticked, set) in [(&[KEEP][..], kept(credential(workflow))), (&[], until_closed(credential(workflow)))] {
            let (cluster, store) = (TestCluster::start().await, store(workflow));
            let first = async |login_id: &str| {
                let browser = cluster.browser();
                let page = text(sign_in_by_form(&browser, &store, login_id, box_ticked).await).await;
                assert_eq!(hidden(&page, "keep").is_some(), !box_ticked.is_empty(), "{page}");
                (browser, page)
            };
            let next = async |(browser, page): (Browser, String), path: &str, fields: &[(&str, &str)]| {
                let passed_on = hidden(&page, "keep").map(|it| ("keep", it));
                let fields: Vec<_> = fields.iter().copied().chain(passed_on).collect();
                credentials(&browser.post_form(&store, path, &fields).await)
            };
            let step = first("twofactor@example.com").await;
            let id = hidden(&step.1, "two_factor_id").unwrap().to_owned();
            let code = totp::now();
            assert_eq!(next(step, "/login/code", &[("two_factor_id", &id), ("code", &code)]).await, set);
            let step = first("unregistered@example.com").await;
            assert_eq!(next(step, "/login/join", &[("username", "unregistered@example.com"), ("password", PASSWORD)]).await, set);
            let step = first("change@example.com").await;
            let id = hidden(&step.1, "change_password_id").unwrap().to_owned();
            assert_eq!(next(step, "/change-password", &[("change_password_id", &id), ("password", "a-better-password")]).await, set);
        }
    }
}

#[tokio::test]
async fn a_user_with_a_mailed_link_chooses_as_well() {
    for workflow in WORKFLOWS {
        for (box_ticked, set) in [(&[KEEP][..], kept(credential(workflow))), (&[], until_closed(credential(workflow)))] {
            let (cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
            browser.post_form(&store, "/forgot-password", &[("username", SHOPPER)]).await;
            browser.get(&store, &mailed_path(&cluster, SHOPPER, &store).await).await;
            let page = text(browser.get(&store, "/change-password").await).await;
            assert!(page.contains("<input type=\"checkbox\" name=\"keep\" value=\"yes\" checked>"), "{page}");
            let send = async |password: &str| {
                let fields: Vec<_> = [("password", password)].into_iter().chain(box_ticked.iter().copied()).collect();
                browser.post_form(&store, "/change-password", &fields).await
            };
            let again = text(send("short").await).await;
            let is_ticked = again.contains("name=\"keep\" value=\"yes\" checked>");
            assert!(again.contains("name=\"keep\"") && is_ticked != box_ticked.is_empty(), "{again}");
            let answer = send("a-better-password").await;
            let lines: Vec<_> = credentials(&answer).into_iter().filter(|(name, _)| !name.contains("change_password_id")).collect();
            assert_eq!(lines, set, "{workflow}");
        }
    }
}

#[tokio::test]
async fn a_new_password_on_the_account_page_leaves_the_choice_as_it_is() {
    for workflow in WORKFLOWS {
        for (box_ticked, set) in [(&[KEEP][..], kept(credential(workflow))), (&[], until_closed(credential(workflow)))] {
            let (_cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
            sign_in_by_form(&browser, &store, SHOPPER, box_ticked).await;
            let fields = [("current_password", PASSWORD), ("password", "a-better-password")];
            assert_eq!(credentials(&browser.post_form(&store, "/account/password", &fields).await), set, "{workflow}");
        }
    }
}

#[tokio::test]
async fn the_form_keeps_what_was_chosen_when_it_is_shown_again() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    let ticked = "<label class=\"check\"><input type=\"checkbox\" name=\"keep\" value=\"yes\" checked> Keep me signed in</label>";
    assert!(text(browser.get(&store, "/login").await).await.contains(ticked));
    let wrong = async |more: &[(&str, &str)]| {
        let fields: Vec<_> = [("username", SHOPPER), ("password", "wrong")].into_iter().chain(more.iter().copied()).collect();
        text(browser.post_form(&store, "/login", &fields).await).await
    };
    assert!(wrong(&[KEEP]).await.contains(ticked));
    assert!(wrong(&[]).await.contains(&ticked.replace(" checked", "")));
}
