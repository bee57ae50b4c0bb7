//! Sign-ins without a password have the outcomes of a sign-in with a password, for clients that read both with `fusionauth-api`.

use crate::test_emulator::{SHOPPER, STORE, TestEmulator};
use fusionauth_api::login::{LoginFailure, LoginResponse, LoginStep, PasswordlessLoginRequest};
use reqwest::Method;
use serde_json::json;

/// Starts a sign-in as a backend does. Returns the code of the link.
async fn start(emulator: &TestEmulator, login_id: &str) -> String {
    let answer = emulator.admin(Method::POST, "/api/passwordless/start", json!({"applicationId": STORE, "loginId": login_id})).await;
    assert_eq!(answer.status, 200, "{login_id} {}", answer.text);
    answer.member("code")
}

/// Ends a sign-in as a browser does.
async fn sign_in(emulator: &TestEmulator, code: &str) -> Result<(), LoginFailure> {
    let body = json!(PasswordlessLoginRequest { code, one_time_code: None, application_id: STORE });
    let answer = emulator.post("/api/passwordless/login", body).await;
    let response = serde_json::from_str::<LoginResponse>(&answer.text).unwrap_or_default();
    response.into_token(LoginStep::Passwordless, answer.status).map(|_| ())
}

#[tokio::test]
async fn each_account_has_the_outcome_of_a_sign_in_with_a_password() {
    let emulator = TestEmulator::start().await;
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true}})).await;
    for login_id in ["shopper", "unregistered", "change", "unverified", "twofactor", "locked"] {
        let login_id = format!("{login_id}@example.com");
        let password = emulator.login(&login_id).await;
        let body = serde_json::from_str::<LoginResponse>(&password.text).unwrap_or_default();
        let expected = body.into_token(LoginStep::Password, password.status).map(|_| ());
        let code = start(&emulator, &login_id).await;
        let outcome = sign_in(&emulator, &code).await;
        // The ids of the next step are new in each answer, and the texts do not contain them.
        assert_eq!(format!("{outcome:?}"), format!("{expected:?}"), "{login_id}");
    }
    assert_eq!(sign_in(&emulator, "unknown").await, Err(LoginFailure::InvalidCredentials));
}

#[tokio::test]
async fn a_locked_account_refuses_a_code_that_was_sent_before() {
    let emulator = TestEmulator::start().await;
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true}})).await;
    let code = start(&emulator, "shopper@example.com").await;
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/user/{SHOPPER}"), json!(null)).await.status, 200);
    assert_eq!(sign_in(&emulator, &code).await, Err(LoginFailure::Locked));

    let body = json!({"applicationId": STORE, "loginId": "locked@example.com", "loginStrategy": "FormField"});
    let code = emulator.admin(Method::POST, "/api/passwordless/start", body).await.member("code");
    let body = json!(PasswordlessLoginRequest { code: &code, one_time_code: Some("wrong"), application_id: STORE });
    let answer = emulator.post("/api/passwordless/login", body).await;
    assert_eq!(answer.status, 404, "a wrong short code does not reveal that the account exists");
}

/// The codes of one sign-in that `start` returns go into the link of the storefront's own template. The site's key chooses between the two
/// kinds of links; an unknown key gets the default.
#[tokio::test]
async fn the_storefronts_message_has_the_short_code_and_a_link_with_both() {
    let emulator = TestEmulator::start().await;
    for (site, link) in [
        ("spa-backend", "http://store.spa-backend.localhost:8080/verify-email#sign-in="),
        ("webapp-jwt", "http://store.webapp-jwt.localhost:8080/login/link/"),
        ("https://evil.test", "http://store.spa-local-storage.localhost:8080/verify-email#sign-in="),
    ] {
        let state = json!({"site": site});
        let body = json!({"applicationId": STORE, "loginId": "shopper@example.com", "loginStrategy": "FormField", "state": state});
        let code = emulator.admin(Method::POST, "/api/passwordless/start", body).await.member("code");
        assert_eq!(emulator.post("/api/passwordless/send", json!({"code": code})).await.status, 200);
        let mail = emulator.admin(Method::GET, "/emulator/mail?topic=passwordless", json!(null)).await.json();
        let message = mail["messages"].as_array().unwrap().last().unwrap();
        let (text, short) = (message["text"].as_str().unwrap(), message["values"]["oneTimeCode"].as_str().unwrap());
        assert!(text.contains(&format!("\n{short}\n")) && text.contains(&format!("\n{link}{code}.{short}\n")), "{site}: {text}");
        let body = json!(PasswordlessLoginRequest { code: &code, one_time_code: Some(short), application_id: STORE });
        assert_eq!(emulator.post("/api/passwordless/login", body).await.status, 200);
    }
}
