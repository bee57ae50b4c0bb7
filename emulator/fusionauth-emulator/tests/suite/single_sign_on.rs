//! Single sign-on: the cookie of the hosted pages, `prompt`, `max_age`, and everything that ends the session.

use crate::browser::{Browser, RETURN, cookies, redirected, request, start};
use crate::test_emulator::{FORUMS, PASSWORD, SHOPPER, STORE, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};

const TYPED: [(&str, &str); 2] = [("loginId", "shopper@example.com"), ("password", PASSWORD)];
const REMEMBERED: [(&str, &str); 3] = [TYPED[0], TYPED[1], ("rememberDevice", "true")];

/// Signs the shopper in, who stays signed in, and returns the browser's cookie.
async fn remembered(browser: &Browser) -> String {
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let answer = browser.submit(&page, &REMEMBERED).await;
    assert!(redirected(&answer).contains_key("code"));
    cookies(&answer)
}

/// Whether an authorization request with this cookie is answered without a page.
async fn is_signed_in(browser: &Browser, changed: &[(&str, &str)], cookie: &str) -> bool {
    let answer = browser.get("/oauth2/authorize", &request(changed), cookie).await;
    match answer.status {
        200 => false,
        _ => redirected(&answer).contains_key("code"),
    }
}

async fn silent(browser: &Browser, cookie: &str) -> (Option<String>, Option<String>) {
    let mut answer = redirected(&browser.get("/oauth2/authorize", &request(&[("prompt", "none")]), cookie).await);
    (answer.remove("error"), answer.remove("error_reason"))
}

fn refused(error: &str, reason: &str) -> (Option<String>, Option<String>) {
    (Some(error.to_owned()), Some(reason.to_owned()))
}

async fn allow_forums(emulator: &TestEmulator) {
    let settings = json!({"authorizedRedirectURLs": [RETURN], "enabledGrants": ["authorization_code"]});
    let body = json!({"application": {"oauthConfiguration": settings}});
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/application/{FORUMS}"), body).await.status, 200);
}

#[tokio::test]
async fn a_remembered_user_needs_no_password_for_any_application() {
    let emulator = start().await;
    allow_forums(&emulator).await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    assert!(page.text.contains("name=\"rememberDevice\""), "{}", page.text);
    let answer = browser.submit(&page, &TYPED).await;
    assert_eq!(answer.cookies(), [""; 0], "the user does not stay signed in");
    let answer = browser.submit(&page, &REMEMBERED).await;
    let line = answer.cookies().pop().unwrap();
    assert!(line.starts_with("fusionauth.sso=") && line.ends_with("; HttpOnly; Max-Age=3600; Path=/; SameSite=Lax"), "{line}");
    let cookie = cookies(&answer);

    emulator.advance_seconds(100);
    let answer = browser.get("/oauth2/authorize", &request(&[]), &cookie).await;
    let tokens = browser.exchange(&redirected(&answer)["code"], &[]).await;
    assert_eq!(claims(&tokens.member("id_token"))["auth_time"], json!(emulator.now_seconds() - 100), "the time of the real sign-in");
    assert!(is_signed_in(&browser, &[("client_id", FORUMS)], &cookie).await);
    assert!(!is_signed_in(&browser, &[], "fusionauth.sso=unknown").await);
    // The session is no refresh token of an application.
    let token = cookie.strip_prefix("fusionauth.sso=").unwrap();
    assert_eq!(emulator.refresh(token).await.status, 400);
    let sessions = emulator.admin(Method::GET, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await.json();
    let of_pages = |it: &&Value| it["applicationId"].is_null();
    assert_eq!(sessions["refreshTokens"].as_array().unwrap().iter().filter(of_pages).count(), 1, "{sessions}");
}

#[tokio::test]
async fn a_second_factor_is_remembered_with_the_sign_in() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let typed = [("loginId", "twofactor@example.com"), ("password", PASSWORD), ("rememberDevice", "true")];
    let second = browser.submit(&page, &typed).await;
    assert_eq!(cookies(&second), "", "the sign-in is not complete");
    let again = browser.submit(&second, &[("code", "000000")]).await;
    let done = browser.submit(&again, &[("code", &crate::login::totp(emulator.now_seconds()))]).await;
    assert!(is_signed_in(&browser, &[], &cookies(&done)).await);
}

#[tokio::test]
async fn prompt_and_max_age_ask_for_a_recent_sign_in() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    assert_eq!(silent(&browser, "").await, refused("login_required", "authentication_required"));
    let cookie = remembered(&browser).await;
    assert_eq!(silent(&browser, &cookie).await, (None, None));
    emulator.advance_seconds(60);
    for (parameter, value, expected) in [
        ("prompt", "login", false),
        ("prompt", "consent login", false),
        ("prompt", "consent", true),
        ("prompt", "select_account", true),
        ("max_age", "0", false),
        ("max_age", "59", false),
        ("max_age", "60", true),
        ("max_age", "600", true),
    ] {
        assert_eq!(is_signed_in(&browser, &[(parameter, value)], &cookie).await, expected, "{parameter}={value}");
    }
    for (change, reason) in [(("prompt", "none login"), "invalid_prompt"), (("max_age", "-1"), "unknown"), (("max_age", "x"), "unknown")] {
        let answer = redirected(&browser.get("/oauth2/authorize", &request(&[change]), &cookie).await);
        assert_eq!((answer["error"].as_str(), answer["error_reason"].as_str()), ("invalid_request", reason), "{change:?}");
    }
    // A request that forbids pages can't be completed by a form either.
    let mut form = request(&[("prompt", "none")]);
    form.extend([("loginId", "shopper@example.com"), ("password", PASSWORD)]);
    assert_eq!(redirected(&browser.post("/oauth2/authorize", &form).await)["error"], "login_required");
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let cookie = remembered(&browser).await;
    for _ in 0..3 {
        emulator.advance_seconds(3_599);
        assert!(is_signed_in(&browser, &[], &cookie).await, "each use prolongs the session");
    }
    emulator.advance_seconds(3_600);
    assert!(!is_signed_in(&browser, &[], &cookie).await);
    emulator.patch_tenant(json!({"httpSessionMaxInactiveInterval": 0})).await;
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    assert_eq!(cookies(&browser.submit(&page, &REMEMBERED).await), "", "a timeout of zero switches single sign-on off");
}

#[tokio::test]
async fn a_logout_ends_the_session_and_keeps_refresh_tokens() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let login = emulator.login("shopper@example.com").await.member("refreshToken");
    for by_form in [false, true] {
        let cookie = remembered(&browser).await;
        let parameters = [("client_id", STORE), ("post_logout_redirect_uri", "http://evil.example/")];
        assert_eq!(browser.get("/oauth2/logout", &parameters, &cookie).await.status, 400);
        assert!(is_signed_in(&browser, &[], &cookie).await, "a refused logout changes nothing");
        let out = if by_form {
            browser.start_post_with("/oauth2/logout", &parameters[..1], &cookie).await
        } else {
            browser.get("/oauth2/logout", &parameters[..1], &cookie).await
        };
        assert_eq!(out.header("location"), Some("http://store.example/bye"));
        assert_eq!(out.cookies(), ["fusionauth.sso=; Max-Age=0; Path=/"]);
        assert!(!is_signed_in(&browser, &[], &cookie).await, "by form: {by_form}");
    }
    assert_eq!(emulator.refresh(&login).await.status, 200);
}

/// Whatever revokes a user's refresh tokens ends the session, too.
#[tokio::test]
async fn a_session_ends_with_the_user_s_refresh_tokens() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let user = format!("/api/user/{SHOPPER}");

    let cookie = remembered(&browser).await;
    let login = emulator.login("shopper@example.com").await.member("refreshToken");
    assert_eq!(emulator.post("/api/logout", json!({"global": true, "refreshToken": login})).await.status, 200);
    assert!(!is_signed_in(&browser, &[], &cookie).await, "a global sign-out");

    let cookie = remembered(&browser).await;
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await.status, 200);
    assert!(!is_signed_in(&browser, &[], &cookie).await, "a revocation by an administrator");

    let cookie = remembered(&browser).await;
    assert_eq!(emulator.admin(Method::DELETE, &user, Value::Null).await.status, 200);
    assert!(!is_signed_in(&browser, &[], &cookie).await, "a locked account");
    assert_eq!(emulator.admin(Method::PUT, &format!("{user}?reactivate=true"), Value::Null).await.status, 200);
    assert!(!is_signed_in(&browser, &[], &cookie).await, "an account that was locked");

    let cookie = remembered(&browser).await;
    assert_eq!(emulator.admin(Method::PATCH, &user, json!({"user": {"password": "another-password"}})).await.status, 200);
    assert!(!is_signed_in(&browser, &[], &cookie).await, "a new password");
}

/// A browser that continues a session meets the same refusals as one that shows the sign-in page.
#[tokio::test]
async fn a_session_signs_nobody_in_who_may_not_sign_in() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let cookie = remembered(&browser).await;
    let user = format!("/api/user/{SHOPPER}");
    let page = async || browser.get("/oauth2/authorize", &request(&[]), &cookie).await;
    let rows: [(Value, &str, &str); 3] = [
        (json!({"passwordChangeRequired": true}), "Choose a new password", "change_password_administrative"),
        (json!({"passwordChangeRequired": false, "expiry": 1}), "This account has expired", "user_expired"),
        (json!({"expiry": null}), "", ""),
    ];
    for (change, title, reason) in rows {
        assert_eq!(emulator.admin(Method::PATCH, &user, json!({"user": change})).await.status, 200);
        if title.is_empty() {
            assert_eq!(silent(&browser, &cookie).await, (None, None));
        } else {
            assert!(page().await.text.contains(title), "{title}");
            assert_eq!(silent(&browser, &cookie).await, refused("interaction_required", reason));
        }
    }
    for _ in 0..10 {
        let body = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": "wrong"});
        emulator.post("/api/login", body).await;
    }
    assert!(page().await.text.contains("You can't sign in now"));
    assert_eq!(silent(&browser, &cookie).await, refused("interaction_required", "login_prevented"));
}

#[tokio::test]
async fn another_sign_in_replaces_the_session_of_the_browser() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let first = remembered(&browser).await;
    let page = browser.get("/oauth2/authorize", &request(&[("prompt", "login")]), &first).await;
    let of_other = |answer: &TestResponse| redirected(answer).contains_key("code");
    let typed = [("loginId", "second@example.com"), ("password", PASSWORD)];
    let answer = browser.submit_with(&page, &typed, &first).await;
    assert!(of_other(&answer));
    assert_eq!(answer.cookies(), ["fusionauth.sso=; Max-Age=0; Path=/"], "the second user did not choose to stay signed in");
    assert!(!is_signed_in(&browser, &[], &first).await, "the first user's session must not continue");
}
