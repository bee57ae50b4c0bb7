//! A change of the user's email: by the app's API calls, and on the server-rendered page.

use crate::account_api::notice;
use crate::caller::Caller;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, auth, sign_in_by_form, store};
use crate::test_server::{problem, with_status};
use crate::webapp_steps::{credential, text};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use test_support::issuer::{SHOPPER, STORE};

const USER: &str = "shopper@example.com";
const NEW: &str = "sam@new.example";
const TAKEN: &str = "second@example.com";

async fn newest_code(cluster: &TestCluster, to: &str) -> String {
    let text = cluster.mail(to).await.pop().unwrap().1;
    let digits = |it: &&str| it.len() == 6 && it.bytes().all(|byte| byte.is_ascii_digit());
    text.split_whitespace().find(digits).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

async fn signs_in(cluster: &TestCluster, login_id: &str) -> bool {
    let body = json!({"loginId": login_id, "password": PASSWORD, "applicationId": STORE});
    let answer = cluster.browser().request(Method::POST, &auth("spa-local-storage"), "/api/login").json(&body).send().await.unwrap();
    answer.status() == StatusCode::OK
}

/// Signs in to `spa-backend`, where the server renews tokens. The access token is a minute old, because tokens count whole seconds and a
/// renewed token must differ in its time.
async fn shopper_of(cluster: TestCluster) -> (TestCluster, Browser, String) {
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    cluster.set_back_clock(60_000);
    browser.sign_in(&host, USER).await;
    cluster.issue_fresh();
    (cluster, browser, host)
}

/// Asks for a change of the email, and returns the mailed code.
async fn code_for_new_email(cluster: &TestCluster, browser: &Browser, host: &str) -> String {
    browser.post_json(host, "/api/account/email", json!({"email": NEW})).await;
    newest_code(cluster, NEW).await
}

async fn error_of(answer: Response) -> (StatusCode, Value) {
    let status = answer.status();
    (status, answer.json::<Value>().await.unwrap()["errors"][0].take())
}

async fn flags() -> TestCluster {
    TestCluster::start_with(&["--limit-messages", "100/60"], 1).await
}

#[tokio::test]
async fn an_address_changes_once_its_code_is_entered() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    for (email, message) in [
        ("", "Enter your email address."),
        ("nobody", "Enter an email address, such as name@example.com."),
        ("a<a/href=//evil.test>x@example.com", "Enter an email address, such as name@example.com."),
        ("Shopper@example.com", "This is already your email."),
    ] {
        let (status, error) = error_of(browser.post_json(&host, "/api/account/email", json!({"email": email})).await).await;
        assert_eq!((status, &error["message"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(message)));
    }
    let answer = browser.post_json(&host, "/api/account/email", json!({"email": format!(" {NEW} ")})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let account: Value = browser.get(&host, "/api/account").await.json().await.unwrap();
    assert_eq!(
        (&account["email"], &account["pendingEmail"]),
        (&json!(USER), &json!(NEW)),
        "the email stays until the user enters the code"
    );
    let first = newest_code(&cluster, NEW).await;
    assert_eq!(browser.post_json(&host, "/api/account/email/again", json!({})).await.status(), StatusCode::OK);
    let code = newest_code(&cluster, NEW).await;
    for wrong in ["", &first] {
        let (status, error) = error_of(browser.post_json(&host, "/api/account/email/confirm", json!({"code": wrong})).await).await;
        assert_eq!((status, &error["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("code")), "only the newest code is valid");
    }
    assert!(signs_in(&cluster, USER).await && !signs_in(&cluster, NEW).await);
    let typed = json!({"code": format!("{} {}", &code[..3], &code[3..])});
    assert_eq!(browser.post_json(&host, "/api/account/email/confirm", typed.clone()).await.status(), StatusCode::OK);
    assert!(!signs_in(&cluster, USER).await && signs_in(&cluster, NEW).await);
    let account: Value = browser.get(&host, "/api/account").await.json().await.unwrap();
    assert_eq!((&account["email"], &account["pendingEmail"]), (&json!(NEW), &json!(null)));
    for (email, names_new) in [(USER, false), (NEW, true)] {
        let told = notice(&cluster, email, "Your email has changed").await;
        assert_eq!(told.contains(NEW), names_new, "a thief chooses the new email, which the owner's message does not contain: {told}");
    }
    let (_, error) = error_of(browser.post_json(&host, "/api/account/email/confirm", typed).await).await;
    assert_eq!(error["code"], json!("expired"), "a code is valid once");
    let asked = cluster.asked_by_backends();
    assert!(asked.iter().all(|it| !it.contains(&code)), "{asked:?}");
}

#[tokio::test]
async fn an_access_token_with_the_former_email_is_renewed() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    let code = code_for_new_email(&cluster, &browser, &host).await;
    assert_eq!(browser.post_json(&host, "/api/account/email/confirm", json!({"code": code})).await.status(), StatusCode::OK);
    let user: Value = browser.get(&host, "/api/user").await.json().await.unwrap();
    assert_eq!(user["email"], json!(NEW));
}

#[tokio::test]
async fn a_browser_that_hangs_up_keeps_no_access_token_with_the_former_email() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    let code = code_for_new_email(&cluster, &browser, &host).await;
    let held = cluster.hold("answer", Method::PATCH, &format!("/api/user/{SHOPPER}")).await;
    let confirm = browser.request(Method::POST, &host, "/api/account/email/confirm").json(&json!({"code": code}));
    let caller = Caller::send(confirm).await;
    held.reached().await;
    caller.hang_up().await;
    held.release().await;
    cluster.until_count(&format!("revoked_access WHERE subject = 'user {SHOPPER}'"), 1).await;
    let account: Value = browser.get(&host, "/api/account").await.json().await.unwrap();
    assert_eq!((&account["email"], &account["pendingEmail"]), (&json!(NEW), &json!(null)));
}

/// FusionAuth changes the email, and its answer does not reach this server.
#[tokio::test]
async fn a_change_whose_answer_is_lost_reaches_the_access_tokens() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    browser.post_json(&host, "/api/account/email", json!({"email": NEW})).await;
    let code = json!({"code": newest_code(&cluster, NEW).await});
    cluster.fault(json!({"path": format!("/api/user/{SHOPPER}"), "method": "PATCH", "times": 1, "cut": "headers"})).await;
    let answer = browser.post_json(&host, "/api/account/email/confirm", code.clone()).await;
    assert_eq!(problem(answer).await.kind, "/problems/sign-in-service-unavailable");
    let user: Value = browser.get(&host, "/api/user").await.json().await.unwrap();
    assert_eq!(user["email"], json!(NEW));
    assert_eq!(browser.post_json(&host, "/api/account/email/confirm", code).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_email_of_somebody_else_looks_like_any_other() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    let free = browser.post_json(&host, "/api/account/email", json!({"email": NEW})).await;
    let free = (free.status(), free.text().await.unwrap());
    let taken = browser.post_json(&host, "/api/account/email", json!({"email": TAKEN})).await;
    assert_eq!((taken.status(), taken.text().await.unwrap()), free);
    let told = cluster.mail(TAKEN).await.pop().unwrap().1;
    assert!(told.contains("already belongs to an account"), "{told}");
    for code in ["", "000000"] {
        let answer = browser.post_json(&host, "/api/account/email/confirm", json!({"code": code})).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(signs_in(&cluster, USER).await && signs_in(&cluster, TAKEN).await);
}

#[tokio::test]
async fn a_code_can_be_tried_five_times_and_for_ten_minutes() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    let code = code_for_new_email(&cluster, &browser, &host).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (browser, host, guess) = (browser.clone(), host.clone(), json!({"code": wrong}));
        guesses.spawn(async move { error_of(browser.post_json(&host, "/api/account/email/confirm", guess).await).await.1["code"].take() });
    }
    let mut codes = guesses.join_all().await;
    codes.sort_by_key(Value::to_string);
    assert_eq!(
        json!(codes),
        json!(["expired", "expired", "expired", "wrong", "wrong", "wrong", "wrong", "wrong"]),
        "concurrent guesses count too"
    );
    let (_, error) = error_of(browser.post_json(&host, "/api/account/email/confirm", json!({"code": code})).await).await;
    assert_eq!(error["code"], json!("expired"));

    let code = code_for_new_email(&cluster, &browser, &host).await;
    sqlx::query("UPDATE address_changes SET expires_at = expires_at - 600000").execute(&cluster.database().await).await.unwrap();
    let (_, error) = error_of(browser.post_json(&host, "/api/account/email/confirm", json!({"code": code})).await).await;
    assert_eq!(error["code"], json!("expired"));
}

#[tokio::test]
async fn a_pending_email_change_can_be_canceled() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    let code = code_for_new_email(&cluster, &browser, &host).await;
    let request = browser.request(Method::DELETE, &host, "/api/account/email");
    assert_eq!(browser.send(&host, request).await.status(), StatusCode::OK);
    let answer = browser.post_json(&host, "/api/account/email/confirm", json!({"code": code})).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(signs_in(&cluster, USER).await);
}

#[tokio::test]
async fn a_silent_fusionauth_and_a_second_message_at_once_are_told() {
    let (cluster, browser, host) = shopper_of(TestCluster::start().await).await;
    cluster.fault(json!({"path": "/api/email/send/*", "status": 503})).await;
    let answer = browser.post_json(&host, "/api/account/email", json!({"email": NEW})).await;
    assert_eq!(problem(answer).await.kind, "/problems/sign-in-service-unavailable");
    let account: Value = browser.get(&host, "/api/account").await.json().await.unwrap();
    assert_eq!(account["pendingEmail"], json!(null), "no email is pending if its message was not sent");
    let answer = browser.post_json(&host, "/api/account/email", json!({"email": NEW})).await;
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(problem(answer).await.kind, "/problems/sent-a-moment-ago");
}

#[tokio::test]
async fn the_page_changes_the_email_without_a_script() {
    for workflow in crate::webapp_steps::WORKFLOWS {
        let (cluster, store) = (flags().await, store(workflow));
        let browser = cluster.browser();
        cluster.set_back_clock(60_000);
        sign_in_by_form(&browser, &store, USER).await;
        cluster.issue_fresh();
        let before = browser.cookie(&store, credential(workflow));
        let send = async |email: &str, password: &str| {
            browser.post_form(&store, "/account/email", &[("email", email), ("current_password", password)]).await
        };
        for (email, password, words) in
            [(NEW, "wrong-horse-battery", "That is not your current password."), ("nobody", PASSWORD, "Enter an email address")]
        {
            let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, send(email, password).await)).await;
            assert!(page.contains(words) && page.contains(&format!("value=\"{email}\"")), "the form keeps the typed email: {page}");
        }
        let form = browser.follow(&browser.open(&store, "/account").await, "Change your email").await;
        let page = browser.press(&form, "Send the code", &[("New email", NEW), ("Current password", PASSWORD)]).await;
        assert!(
            page.path == "/account/email"
                && page.has("We sent a code to <strong><bdi>sam@<wbr>new<wbr>.example</bdi></strong>")
                && page.has("one-time-code"),
            "{}",
            page.html
        );
        let confirm = async |code: &str| browser.post_form(&store, "/account/email/confirm", &[("code", code)]).await;
        assert!(text(confirm("12").await).await.contains("That code is not correct."));
        let page = browser.press(&page, "Send another code", &[]).await;
        let page = browser.press(&page, "Change my email", &[("Code", &newest_code(&cluster, NEW).await)]).await;
        assert!(page.path == "/account" && page.has("Email changed."), "{} {}", page.path, page.html);
        assert!(signs_in(&cluster, NEW).await);
        assert!(text(browser.get(&store, "/account").await).await.contains(NEW), "{workflow}");
        assert_ne!(browser.cookie(&store, credential(workflow)), before, "{workflow}: the server renews the sign-in");
    }
}

#[tokio::test]
async fn a_deleted_account_leaves_no_address_behind() {
    let (cluster, browser, host) = shopper_of(flags().await).await;
    browser.post_json(&host, "/api/account/email", json!({"email": NEW})).await;
    assert_eq!(cluster.count(&format!("address_changes WHERE user_id = '{SHOPPER}'")).await, 1);
    browser.post_json(&host, "/api/account/delete", json!({"currentPassword": PASSWORD})).await;
    assert_eq!(cluster.count(&format!("address_changes WHERE user_id = '{SHOPPER}'")).await, 0);
}
