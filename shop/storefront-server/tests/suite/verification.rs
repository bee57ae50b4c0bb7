//! Sign-ins that need another step, on the server-rendered pages and in the API of the app: an unverified email or registration, a user who
//! is not registered, and a blocked account.

use crate::browse::{Page, hidden};
use crate::forgotten_password::mailed_path;
use crate::test_cluster::{Browser, PASSWORD, TENANT, TestCluster, UNVERIFIED, location, set_cookies, store};
use crate::test_server::{problem, with_status};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use test_support::issuer::STORE;

const UNVERIFIED_USER: &str = "/api/user/20000000-0000-0000-0000-000000000005";

async fn sign_in(browser: &Browser, host: &str, username: &str) -> Response {
    browser.post_form(host, "/login", &[("username", username), ("password", PASSWORD), ("next", "/account")]).await
}

/// Signs in by the form, and returns the page that follows. The sign-in leads to the account page.
async fn page_after_sign_in(browser: &Browser, host: &str, email: &str) -> Page {
    let form = browser.open(host, "/login?next=%2Faccount").await;
    browser.press(&form, "Sign in", &[("Email", email), ("Password", PASSWORD)]).await
}

#[tokio::test]
async fn a_mailed_link_verifies_by_a_button_and_once() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        cluster.replace(UNVERIFIED_USER, json!({"user": {"data": {"site": workflow}}})).await;
        let browser = cluster.browser();
        let page = page_after_sign_in(&browser, &store, UNVERIFIED).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.has("Confirm your email address") && page.has("We sent you an email with a link."), "{}", page.html);
        let sent = browser.press(&page, "Send another email", &[]).await;
        assert!(sent.status == StatusCode::OK && sent.has("We sent a new email."), "{}", sent.html);
        let answer = browser.post_form(&store, "/verify-email/again", &[("username", UNVERIFIED)]).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert!(answer.headers().contains_key("retry-after") && text(answer).await.contains("We sent you an email a moment ago."));

        let link = mailed_path(&cluster, UNVERIFIED, &store).await;
        let other = cluster.browser();
        for _ in 0..2 {
            let answer = other.get(&store, &link).await;
            assert_eq!(
                (answer.status(), location(&answer)),
                (StatusCode::SEE_OTHER, "/verify-email"),
                "opening the link does not use it up"
            );
        }
        let page = other.open(&store, "/verify-email").await;
        assert!(!page.has(link.rsplit('/').next().unwrap()), "{}", page.html);
        let page = other.press(&page, "Confirm", &[]).await;
        assert!(page.path == "/login" && page.has("Confirmed."), "{} {}", page.path, page.html);
        assert_eq!(other.cookie(&store, "storefront_verification_id"), None);
        assert_eq!(sign_in(&browser, &store, UNVERIFIED).await.status(), StatusCode::FOUND);
        other.get(&store, &link).await;
        let answer = other.post_form(&store, "/verify-email", &[]).await;
        assert!(text(with_status(StatusCode::NOT_FOUND, answer)).await.contains("This link or code is no longer valid."));
    }
}

#[tokio::test]
async fn a_mailed_code_verifies_in_the_form() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        cluster.set_email_configuration(json!({"verificationStrategy": "FormField"})).await;
        let browser = cluster.browser();
        let mut page = page_after_sign_in(&browser, &store, UNVERIFIED).await;
        assert!(page.has("autocomplete=\"one-time-code\""), "{}", page.html);
        let first = hidden(&page.html, "verification_id");
        for (code, status, words) in [("", 422, "Enter the code from the email."), ("000000", 403, "That code is not correct.")] {
            page = browser.press(&page, "Check code", &[("Code", code)]).await;
            assert!(page.status.as_u16() == status && page.has(words), "{}", page.html);
        }
        let page = browser.press(&page, "Send another email", &[]).await;
        assert_ne!(first, hidden(&page.html, "verification_id"), "the new code belongs to a new id");
        let page = browser.press(&page, "Check code", &[("Code", &cluster.mailed(UNVERIFIED, "verificationOneTimeCode").await)]).await;
        assert!(page.path == "/login?next=%2Faccount" && page.has("Confirmed."), "{} {}", page.path, page.html);
        assert_eq!(sign_in(&browser, &store, UNVERIFIED).await.status(), StatusCode::FOUND);
    }
}

#[tokio::test]
async fn asking_for_a_message_tells_nobody_the_id_of_a_link_or_who_has_an_account() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("webapp-jwt")).await;
    let mut pages = Vec::new();
    for username in [UNVERIFIED, "nobody@example.com"] {
        // This form claims to be about a code, although FusionAuth mailed a link.
        let fields = [("verification_id", "made-up"), ("username", username)];
        let page = text(browser.post_form(&store, "/verify-email/again", &fields).await).await;
        assert_eq!(
            hidden(&page, "verification_id"),
            "made-up",
            "the page keeps the id from the form, because the real id would verify the email"
        );
        pages.push(page.replace("<wbr>", "").replace(username, ""));
    }
    assert_eq!(pages[0], pages[1]);
}

/// Registers a user whose registration, but not whose email, must be verified by a code.
async fn register_unverified(cluster: &TestCluster) -> &'static str {
    const EMAIL: &str = "verified@example.com";
    let settings =
        json!({"application": {"verifyRegistration": true, "unverified": {"behavior": "Gated"}, "verificationStrategy": "FormField"}});
    cluster.replace(&format!("/api/application/{STORE}"), settings).await;
    let user = json!({"skipVerification": true, "user": {"email": EMAIL, "password": PASSWORD}, "registration": {"applicationId": STORE}});
    cluster.admin(Method::POST, "/api/user/registration", user).await;
    EMAIL
}

#[tokio::test]
async fn a_registration_is_verified_in_the_same_way() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-session"));
    let (browser, email) = (cluster.browser(), register_unverified(&cluster).await);
    let page = page_after_sign_in(&browser, &store, email).await;
    assert!(page.has("Confirm your registration"), "{}", page.html);
    let code = cluster.mailed(email, "verificationOneTimeCode").await;
    let page = browser.press(&page, "Check code", &[("Code", &code)]).await;
    assert!(page.path == "/login?next=%2Faccount" && page.has("Confirmed."), "{} {}", page.path, page.html);
    assert_eq!(sign_in(&browser, &store, email).await.status(), StatusCode::FOUND);
}

#[tokio::test]
async fn a_user_who_is_not_registered_registers_with_the_password() {
    const USER: &str = "unregistered@example.com";
    for workflow in WORKFLOWS {
        let (_cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let mut page = page_after_sign_in(&browser, &store, USER).await;
        assert!(page.status == StatusCode::FORBIDDEN && page.has("Not registered yet"), "{}", page.html);
        for (password, status, words) in [("", 422, "Enter your password."), ("wrong-horse-battery", 403, "password is not correct")] {
            page = browser.press(&page, "Register and sign in", &[("Password", password)]).await;
            assert!(page.status.as_u16() == status && page.has(words), "{}", page.html);
        }
        let account = browser.press(&page, "Register and sign in", &[("Password", PASSWORD)]).await;
        assert!(account.path == "/account" && account.status == StatusCode::OK, "{}", account.html);
    }
}

#[tokio::test]
async fn a_blocked_account_says_how_long_and_a_new_password_ends_it() {
    const USER: &str = "shopper@example.com";
    let (cluster, store) = (TestCluster::start_with(&["--limit-passwords", "50/60"], 1).await, store("webapp-jwt"));
    let browser = cluster.browser();
    for _ in 0..10 {
        browser.post_form(&store, "/login", &[("username", USER), ("password", "wrong-horse-battery")]).await;
    }
    let page = browser.press(&browser.open(&store, "/login").await, "Sign in", &[("Email", USER), ("Password", PASSWORD)]).await;
    assert!(page.status == StatusCode::FORBIDDEN && page.has("Sign-in is blocked"), "{}", page.html);
    assert!(page.has("The block ends in 3 minutes."), "{}", page.html);
    let page = browser.press(&page, "Send the link", &[]).await;
    assert!(page.has("Check your email"), "{}", page.html);
    let form = browser.open(&store, &mailed_path(&cluster, USER, &store).await).await;
    let page = browser.press(&form, "Change password", &[("New password", "a-better-password")]).await;
    assert!(page.path == "/shopping-cart" && page.status == StatusCode::OK, "{}", page.html);
}

#[tokio::test]
async fn a_closed_account_names_the_contact() {
    let (cluster, store) = (TestCluster::start_with(&["--contact", "help@shop.test"], 1).await, store("webapp-session"));
    let browser = cluster.browser();
    let page = text(sign_in(&browser, &store, "locked@example.com").await).await;
    assert!(
        page.contains("This account is locked.") && page.contains("You can reach us at help@shop.test. <a href=\"/contact\">"),
        "{page}"
    );
    cluster.replace(UNVERIFIED_USER, json!({"user": {"expiry": 1}})).await;
    let page = text(sign_in(&browser, &store, UNVERIFIED).await).await;
    assert!(page.contains("This account has expired.") && page.contains("help@shop.test"), "{page}");
    assert!(page.contains("You can't sign in with this account"), "{page}");
}

/// Sends a request as the single-page app does. Returns the status and the body of the answer.
async fn post(browser: &Browser, host: &str, path: &str, body: Value) -> (u16, Value) {
    let answer = browser.post_json(host, path, body).await;
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

#[tokio::test]
async fn the_app_has_the_calls_about_a_mailed_code() {
    let (cluster, store) = (TestCluster::start().await, store("spa-backend"));
    cluster.set_email_configuration(json!({"verificationStrategy": "FormField"})).await;
    let browser = cluster.browser();
    let (status, body) = post(&browser, &store, "/api/login", json!({"loginId": UNVERIFIED, "password": PASSWORD})).await;
    let first = body["emailVerificationId"].as_str().unwrap().to_owned();
    assert_eq!(status, 212);
    let wrong = json!({"verificationId": first, "oneTimeCode": "000000"});
    let (status, body) = post(&browser, &store, "/api/user/verify-email", wrong).await;
    assert_eq!((status, &body["type"]), (400, &json!("/problems/code-mistyped")));
    let unknown = json!({"verificationId": "unknown", "oneTimeCode": "000000"});
    let (status, body) = post(&browser, &store, "/api/user/verify-email", unknown).await;
    assert_eq!((status, &body["type"]), (404, &json!("/problems/verification-expired")));
    let (status, body) = post(&browser, &store, "/api/verification-message/email", json!({"email": UNVERIFIED})).await;
    let second = body["verificationId"].as_str().unwrap().to_owned();
    assert!(status == 200 && first != second, "the new code belongs to a new id");
    let answer = browser.post_json(&store, "/api/verification-message/email", json!({"email": UNVERIFIED})).await;
    assert!(answer.status() == StatusCode::TOO_MANY_REQUESTS && answer.headers().contains_key("retry-after"));
    let right = json!({"verificationId": second, "oneTimeCode": cluster.mailed(UNVERIFIED, "verificationOneTimeCode").await});
    assert_eq!(post(&browser, &store, "/api/user/verify-email", right).await.0, 200);
    assert_eq!(post(&browser, &store, "/api/login", json!({"loginId": UNVERIFIED, "password": PASSWORD})).await.0, 200);
}

#[tokio::test]
async fn the_app_verifies_by_a_mailed_link_and_a_registration_by_a_code() {
    let (cluster, store) = (TestCluster::start().await, store("spa-backend"));
    cluster.replace(UNVERIFIED_USER, json!({"user": {"data": {"site": "spa-backend"}}})).await;
    let (browser, registered) = (cluster.browser(), register_unverified(&cluster).await);
    let login = async |email: &str| post(&browser, &store, "/api/login", json!({"loginId": email, "password": PASSWORD})).await;
    assert_eq!(login(UNVERIFIED).await.0, 212);
    assert_eq!(post(&browser, &store, "/api/verification-message/email", json!({"email": UNVERIFIED})).await.0, 200);
    let link = mailed_path(&cluster, UNVERIFIED, &store).await;
    let link = json!({"verificationId": link.strip_prefix("/verify-email/").unwrap()});
    assert_eq!(post(&browser, &store, "/api/user/verify-email", link.clone()).await.0, 200);
    assert_eq!(login(UNVERIFIED).await.0, 200);
    assert_eq!(post(&browser, &store, "/api/user/verify-email", link).await.0, 404, "a link is valid once");
    let (status, body) = login(registered).await;
    assert_eq!(status, 213);
    let code = json!({"verificationId": body["registrationVerificationId"],
        "oneTimeCode": cluster.mailed(registered, "verificationOneTimeCode").await});
    assert_eq!(post(&browser, &store, "/api/user/verify-registration", code).await.0, 200);
    assert_eq!(login(registered).await.0, 200);
}

#[tokio::test]
async fn the_app_learns_neither_the_id_of_a_link_nor_who_has_an_account() {
    for workflow in ["spa-local-storage", "spa-backend", "spa-shared-domain"] {
        let (_cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        for email in [UNVERIFIED, "nobody@example.com"] {
            assert_eq!(
                post(&browser, &store, "/api/verification-message/email", json!({"email": email})).await,
                (200, json!({})),
                "{email}"
            );
        }
        let (status, body) = post(&browser, &store, "/api/verification-message/registration", json!({"email": UNVERIFIED})).await;
        assert_eq!((status, &body["type"]), (403, &json!("/problems/nothing-to-verify")));
    }
}

#[tokio::test]
async fn the_app_registers_a_user_with_the_password_alone() {
    const USER: &str = "unregistered@example.com";
    const USER_ID: &str = "20000000-0000-0000-0000-000000000003";
    for workflow in ["spa-local-storage", "spa-backend", "spa-shared-domain"] {
        let (cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let join = async |password: &str| post(&browser, &store, "/api/join", json!({"loginId": USER, "password": password})).await;
        let (status, body) = join("wrong-horse-battery").await;
        assert_eq!((status, &body["type"]), (404, &json!("/problems/credentials-refused")), "{workflow}");
        for _ in 0..2 {
            assert_eq!(join(PASSWORD).await, (200, json!({})), "{workflow}: a repetition succeeds, too");
        }
        let sessions = cluster.admin(Method::GET, &format!("/api/jwt/refresh?userId={USER_ID}"), Value::Null).await;
        let sessions: Value = sessions.json().await.unwrap();
        assert!(sessions["refreshTokens"].as_array().is_none_or(Vec::is_empty), "{workflow}: the registration does not sign the user in");
    }
}

#[tokio::test]
async fn the_app_is_told_what_prevents_a_sign_in_and_until_when() {
    let (cluster, store) = (TestCluster::start_with(&["--limit-passwords", "50/60"], 1).await, store("spa-backend"));
    let browser = cluster.browser();
    let credentials = |password: &str| json!({"loginId": "shopper@example.com", "password": password});
    let login = async |password: &str| post(&browser, &store, "/api/login", credentials(password)).await;
    for _ in 0..10 {
        assert_eq!(login("wrong-horse-battery").await.0, 404);
    }
    let (status, body) = login(PASSWORD).await;
    assert!(status == 409 && body["actions"][0]["expiry"].is_i64(), "{status} {body}");
}

/// An access token of a user with an unverified email.
async fn unverified_token(cluster: &TestCluster) -> String {
    cluster.admin(Method::PATCH, "/emulator/behaviours", json!({"behaviours": {"unverifiedToken": "present"}})).await;
    let login = json!({"applicationId": STORE, "loginId": UNVERIFIED, "password": PASSWORD});
    let answer: Value = cluster.admin(Method::POST, "/api/login", login).await.json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// FusionAuth's documentation does not say whether the answer 212 contains an access token (docs/emulator.md, `--unverified-token`).
#[tokio::test]
async fn a_token_of_an_unverified_user_opens_nothing_where_the_tenant_is_gated() {
    for (behavior, status) in [("Gated", 403), ("Allow", 200)] {
        let cluster = TestCluster::start().await;
        cluster.set_email_configuration(json!({"unverified": {"behavior": behavior}})).await;
        let token = unverified_token(&cluster).await;
        for (workflow, header, value) in [
            ("spa-local-storage", "authorization", format!("Bearer {token}")),
            ("spa-shared-domain", "cookie", format!("access_token={token}")),
            ("spa-backend", "cookie", format!("storefront_jwt={token}")),
        ] {
            for path in ["/api/user", "/api/load-shopping-cart"] {
                let answer = cluster.browser().bare(Method::GET, &store(workflow), path).header(header, &value).send().await.unwrap();
                assert_eq!(answer.status().as_u16(), status, "{workflow} {path}");
                if status == 403 {
                    let problem = problem(answer).await;
                    assert_eq!(problem.kind, "/problems/email-not-verified");
                    assert!(problem.detail.unwrap().contains("Sign in again"), "the answer says how to go on");
                }
            }
        }
        let page =
            cluster.browser().bare(Method::GET, &store("webapp-jwt"), "/account").header("cookie", format!("storefront_jwt={token}"));
        let page = page.send().await.unwrap();
        match status {
            403 => {
                assert!(page.status() == StatusCode::FOUND && page.headers()["location"].to_str().unwrap().starts_with("/login"));
                let deleted = set_cookies(&page).iter().any(|it| it.starts_with("storefront_jwt=") && it.contains("Max-Age=0"));
                assert!(deleted, "the sign-in page must not send the user back");
            }
            _ => assert_eq!(page.status(), StatusCode::OK),
        }
    }
}

/// The server does not know then whether the tenant is gated, and must not assume that it is not.
#[tokio::test]
async fn a_token_of_an_unverified_user_opens_nothing_if_the_api_key_may_not_read_the_tenant() {
    let cluster = TestCluster::start().await;
    let token = unverified_token(&cluster).await;
    cluster.fault(json!({"path": TENANT, "status": 401})).await;
    let request = cluster.browser().bare(Method::GET, &store("spa-local-storage"), "/api/user");
    let answer = request.bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

/// 212 with tokens: FusionAuth completes the login. The server asks the tenant whether it may, whatever the answer contains. A server without
/// an API key cannot ask.
#[tokio::test]
async fn an_unverified_user_signs_in_where_the_tenant_allows_it() {
    let without_api_key = ["--encryption-secret", "0123456789abcdef0123456789abcdef"];
    for (behavior, flags, page, api) in [("Allow", &[][..], 302, 200), ("Gated", &[], 403, 212), ("Gated", &without_api_key, 302, 200)] {
        let cluster = TestCluster::start_with(flags, 1).await;
        cluster.admin(Method::PATCH, "/emulator/behaviours", json!({"behaviours": {"unverifiedToken": "present"}})).await;
        cluster.set_email_configuration(json!({"unverified": {"behavior": behavior}})).await;
        for workflow in ["webapp-session", "webapp-jwt"] {
            assert_eq!(
                sign_in(&cluster.browser(), &store(workflow), UNVERIFIED).await.status().as_u16(),
                page,
                "{workflow} {behavior} {flags:?}"
            );
        }
        let login = json!({"loginId": UNVERIFIED, "password": PASSWORD});
        assert_eq!(post(&cluster.browser(), &store("spa-backend"), "/api/login", login).await.0, api, "{behavior} {flags:?}");
    }
}

#[tokio::test]
async fn a_session_of_an_unverified_user_ends_when_the_tenant_becomes_gated() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-session"));
    let verify_emails = async |verifies: bool| {
        cluster.set_email_configuration(json!({"verifyEmail": verifies})).await;
    };
    verify_emails(false).await;
    let browser = cluster.browser();
    assert_eq!(sign_in(&browser, &store, UNVERIFIED).await.status(), StatusCode::FOUND);
    assert_eq!(browser.get(&store, "/account").await.status(), StatusCode::OK);
    verify_emails(true).await; // the tenant is gated
    sqlx::query("UPDATE sessions SET checked_at = checked_at - 200000").execute(&cluster.database().await).await.unwrap();
    browser.get(&store, "/account").await;
    cluster.until_count("sessions", 0).await;
    assert_eq!(browser.get(&store, "/account").await.status(), StatusCode::FOUND);
}
