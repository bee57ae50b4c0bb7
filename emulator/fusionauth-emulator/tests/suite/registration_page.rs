//! The registration page behind `/oauth2/register` and `/app/register`.

use crate::browser::{Browser, cookies, redirected, request, start};
use crate::test_emulator::{PASSWORD, STORE, TestEmulator, claims};
use reqwest::Method;
use serde_json::{Value, json};

async fn allow(emulator: &TestEmulator, settings: Value) {
    emulator.patch_store(json!({"registrationConfiguration": settings})).await;
    emulator.patch_tenant(json!({"emailConfiguration": {"verifyEmail": false}})).await;
}

async fn user(emulator: &TestEmulator, email: &str) -> Value {
    emulator.admin(Method::GET, &format!("/api/user?email={email}"), Value::Null).await.json()["user"].clone()
}

#[tokio::test]
async fn a_new_user_is_registered_and_signed_in() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let sign_in = browser.get("/oauth2/authorize", &request(&[]), "").await;
    assert!(!sign_in.text.contains("Create an account"));
    let page = browser.get("/oauth2/register", &request(&[]), "").await;
    assert!(page.header("location").unwrap().starts_with("/oauth2/authorize?client_id="), "{page:?}");

    let fields = json!({"firstName": {"enabled": true, "required": true}, "preferredLanguages": {"enabled": true}});
    allow(&emulator, json!({"enabled": true, "confirmPassword": true, "firstName": fields["firstName"], "preferredLanguages": fields["preferredLanguages"]})).await;
    let sign_in = browser.get("/oauth2/authorize", &request(&[]), "").await;
    assert!(sign_in.text.contains("href=\"/oauth2/register?client_id="), "{}", sign_in.text);
    let page = browser.get("/oauth2/register", &request(&[]), "").await;
    for name in ["user.email", "user.password", "passwordConfirm", "user.firstName", "user.preferredLanguages"] {
        assert!(page.text.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(!page.text.contains("user.lastName"));
    let typed = [
        ("user.email", " New@Example.com "),
        ("user.password", PASSWORD),
        ("passwordConfirm", PASSWORD),
        ("user.firstName", "Nora"),
        ("user.preferredLanguages", "de, en_GB"),
        ("user.lastName", "Ignored"),
        ("user.verified", "true"),
        ("rememberDevice", "true"),
    ];
    let answer = browser.submit(&page, &typed).await;
    let parameters = redirected(&answer);
    assert_eq!((parameters["userState"].as_str(), parameters["state"].as_str()), ("Authenticated", "a b&c"));
    let tokens = browser.exchange(&parameters["code"], &[]).await;
    let access = claims(&tokens.member("access_token"));
    assert_eq!((&access["authenticationType"], &access["roles"]), (&json!("REGISTRATION"), &json!(["user"])));
    assert!(tokens.json()["refresh_token"].is_string());
    let user = user(&emulator, "new@example.com").await;
    assert_eq!((&user["firstName"], &user["preferredLanguages"]), (&json!("Nora"), &json!(["de", "en_GB"])));
    assert!(user["lastName"].is_null(), "the page has no such field");
    assert_eq!(user["registrations"][0]["applicationId"], json!(STORE));

    let cookie = cookies(&answer);
    let signed_in = browser.get("/oauth2/register", &request(&[]), &cookie).await;
    let next = signed_in.header("location").unwrap().to_owned();
    assert!(redirected(&browser.get(&next, &[], &cookie).await).contains_key("code"), "a user who is signed in needs no account");
}

#[tokio::test]
async fn the_page_shows_every_error_of_the_registration_api_at_once() {
    let emulator = start().await;
    let last_name = json!({"enabled": true, "required": true});
    allow(&emulator, json!({"enabled": true, "confirmPassword": true, "lastName": last_name})).await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/register", &request(&[]), "").await;
    let typed = [("user.email", "no \"email\""), ("user.password", "short"), ("passwordConfirm", "other"), ("user.lastName", " ")];
    let again = browser.submit(&page, &typed).await;
    assert_eq!(again.status, 200);
    for error in ["This is not an email address.", "at least 8 characters", "The passwords are different.", "A value is required."] {
        assert!(again.text.contains(error), "no {error} in {}", again.text);
    }
    assert!(again.text.contains("role=\"alert\"") && again.text.contains("aria-describedby=\"user.email.error\""), "{}", again.text);
    assert!(again.text.contains("value=\"no &quot;email&quot;\""), "the email must be kept");
    assert!(!again.text.contains("value=\"short\"") && !again.text.contains("value=\"other\""), "a password must not be repeated");
    let taken = [("user.email", "shopper@example.com"), ("user.password", PASSWORD), ("passwordConfirm", PASSWORD), ("user.lastName", "X")];
    let again = browser.submit(&again, &taken).await;
    assert!(again.text.contains("already exists"), "{}", again.text);
    assert_eq!(browser.post("/oauth2/register", &request(&[("redirect_uri", "http://evil.example/")])).await.status, 400);

    emulator.patch_store(json!({"registrationConfiguration": {"enabled": false}})).await;
    let fresh = [("user.email", "fresh@example.com"), ("user.password", PASSWORD), ("passwordConfirm", PASSWORD), ("user.lastName", "X")];
    assert_eq!(browser.submit(&again, &fresh).await.status, 302);
    assert_eq!(user(&emulator, "fresh@example.com").await, Value::Null, "registration is off");
}

#[tokio::test]
async fn a_new_user_verifies_the_email_first_if_the_tenant_says_so() {
    let emulator = start().await;
    emulator.patch_store(json!({"registrationConfiguration": {"enabled": true, "loginIdType": "email"}})).await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/register", &request(&[]), "").await;
    let answer = browser.submit(&page, &[("user.email", "new@example.com"), ("user.password", PASSWORD), ("rememberDevice", "true")]).await;
    assert!(answer.text.contains("Verify your email") && answer.cookies().is_empty(), "{answer:?}");
    let id = emulator.mailed("verificationId").await;
    assert_eq!(emulator.post("/api/user/verify-email", json!({"verificationId": id})).await.status, 200);
    assert_eq!(browser.sign_in("new@example.com", &request(&[])).await["userState"], "Authenticated");
}

#[tokio::test]
async fn user_names_are_login_ids_if_the_application_says_so() {
    let emulator = start().await;
    allow(&emulator, json!({"enabled": true, "loginIdType": "username"})).await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/register", &request(&[]), "").await;
    assert!(page.text.contains("name=\"user.username\"") && !page.text.contains("name=\"user.email\""), "{}", page.text);
    let answer = browser.submit(&page, &[("user.username", "nora"), ("user.password", PASSWORD)]).await;
    assert!(redirected(&answer).contains_key("code"));
    assert!(browser.sign_in("nora", &request(&[])).await.contains_key("code"));
}

#[tokio::test]
async fn a_sign_in_registers_the_user_or_is_refused_as_the_application_says() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let email = "unregistered@example.com";
    emulator.patch_store(json!({"oauthConfiguration": {"requireRegistration": true}})).await;
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let refused = browser.submit(&page, &[("loginId", email), ("password", PASSWORD)]).await;
    assert!(refused.text.contains("You are not registered"), "{}", refused.text);
    allow(&emulator, json!({"enabled": true})).await;
    let answer = browser.sign_in(email, &request(&[])).await;
    assert_eq!(answer["userState"], "Authenticated");
    let tokens = browser.exchange(&answer["code"], &[]).await;
    assert_eq!(claims(&tokens.member("access_token"))["roles"], json!(["user"]));
}

#[tokio::test]
async fn the_hosted_backend_leads_to_the_registration_page() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let path = format!("/app/register/{STORE}");
    let begin = browser.get(&path, &[], "").await;
    assert!(begin.header("location").unwrap().starts_with("/oauth2/authorize?"), "{begin:?}");
    allow(&emulator, json!({"enabled": true})).await;
    let begin = browser.get(&path, &[("scope", "openid email offline_access"), ("state", "s")], "").await;
    let location = begin.header("location").unwrap().to_owned();
    assert!(location.starts_with("/oauth2/register?"), "{location}");
    let page = browser.get(&location, &[], "").await;
    let back = browser.submit(&page, &[("user.email", "new@example.com"), ("user.password", PASSWORD)]).await;
    let callback = back.header("location").unwrap().strip_prefix(&emulator.url()).unwrap().to_owned();
    let done = browser.get(&callback, &[], &cookies(&begin)).await;
    assert_eq!(redirected(&done)["state"], "s");
    assert_eq!(browser.get("/app/me", &[], &cookies(&done)).await.json()["email"], json!("new@example.com"));
}
