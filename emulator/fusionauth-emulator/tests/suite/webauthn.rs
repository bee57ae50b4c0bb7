//! Tests of `/api/webauthn`: passkeys are created and used, and invalid answers to challenges are refused.

use crate::browser::{self, Browser, redirected, request};
use crate::test_emulator::{FORUMS, SHOPPER, STORE, TENANT, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};
use test_support::authenticator::Authenticator;

const ORIGIN: &str = "http://store.spa-local-storage.localhost:8080";
const HOST: &str = "store.spa-local-storage.localhost";
const TWO_FACTOR_USER: &str = "20000000-0000-0000-0000-000000000006";

fn authenticator() -> Authenticator {
    Authenticator::new(ORIGIN, HOST)
}

async fn start_registration(emulator: &TestEmulator, user: &str) -> TestResponse {
    let body = json!({"userId": user, "displayName": "My phone", "userAgent": "test", "workflow": "general"});
    emulator.admin(Method::POST, "/api/webauthn/register/start", body).await
}

async fn complete_registration(emulator: &TestEmulator, user: &str, credential: Value, origin: &str, rp_id: &str) -> TestResponse {
    let body = json!({"userId": user, "credential": credential, "origin": origin, "rpId": rp_id});
    emulator.post("/api/webauthn/register/complete", body).await
}

/// Creates a passkey for the user, and returns the passkey as FusionAuth's API shows it.
async fn enrol(emulator: &TestEmulator, user: &str, authenticator: &mut Authenticator) -> Value {
    let options = start_registration(emulator, user).await.json()["options"].clone();
    let answer = complete_registration(emulator, user, authenticator.create(&options), ORIGIN, HOST).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["credential"].clone()
}

async fn start(emulator: &TestEmulator, login_id: &str) -> TestResponse {
    let body = json!({"applicationId": STORE, "loginId": login_id, "workflow": "bootstrap"});
    emulator.admin(Method::POST, "/api/webauthn/start", body).await
}

/// Begins a sign-in, and returns the options for the browser.
async fn options(emulator: &TestEmulator, login_id: &str) -> Value {
    let answer = start(emulator, login_id).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["options"].clone()
}

async fn login(emulator: &TestEmulator, credential: Value) -> TestResponse {
    emulator.post("/api/webauthn/login", json!({"credential": credential, "origin": ORIGIN, "rpId": HOST})).await
}

/// Whether the answer is the same as for a wrong password: 404, without a body and without cookies.
fn is_refused(answer: &TestResponse) -> bool {
    (answer.status, answer.text.as_str()) == (404, "") && answer.cookies().is_empty()
}

#[tokio::test]
async fn a_passkey_is_made_listed_used_and_deleted() {
    let emulator = TestEmulator::start().await;
    let mut phone = authenticator();
    let asked = start_registration(&emulator, SHOPPER).await.json()["options"].clone();
    assert_eq!(asked["user"]["name"], "shopper@example.com");
    assert_eq!(
        (&asked["user"]["displayName"], &asked["rp"]["id"], &asked["excludeCredentials"]),
        (&json!("My phone"), &Value::Null, &json!([]))
    );
    assert_eq!((&asked["attestation"], &asked["authenticatorSelection"]["userVerification"]), (&json!("none"), &json!("required")));

    let made = enrol(&emulator, SHOPPER, &mut phone).await;
    let kept = ["displayName", "name", "relyingPartyId", "userId", "tenantId", "attestationType", "userAgent"].map(|it| made[it].clone());
    let expected = ["My phone", "shopper@example.com", HOST, SHOPPER, TENANT, "none", "test"].map(|it| json!(it));
    assert_eq!((kept, &made["algorithm"], &made["discoverable"]), (expected, &json!(-7), &json!(true)));
    let again = start_registration(&emulator, SHOPPER).await.json()["options"].clone();
    assert_eq!(again["excludeCredentials"], json!([{"id": made["credentialId"], "transports": ["internal"], "type": "public-key"}]));

    let asked = options(&emulator, "shopper@example.com").await;
    assert_eq!(asked["allowCredentials"], again["excludeCredentials"]);
    emulator.advance_seconds(60);
    let signed_in = login(&emulator, phone.get(&asked)).await;
    assert_eq!((signed_in.status, signed_in.cookies().len()), (200, 2), "{}", signed_in.text);
    let claims = claims(&signed_in.member("token"));
    assert_eq!((&claims["sub"], &claims["authenticationType"], &claims["aud"]), (&json!(SHOPPER), &json!("WebAuthn"), &json!(STORE)));
    assert_eq!(emulator.refresh(&signed_in.member("refreshToken")).await.status, 200);

    let asked = options(&emulator, "shopper@example.com").await;
    let asserted = emulator.post("/api/webauthn/assert", json!({"credential": phone.get(&asked), "origin": ORIGIN, "rpId": HOST})).await;
    assert_eq!((asserted.status, asserted.cookies().len()), (200, 0), "an assertion must sign nobody in");

    let path = format!("/api/webauthn/{}", made["id"].as_str().unwrap());
    let one = emulator.admin(Method::GET, &path, Value::Null).await.json()["credential"].clone();
    let list = emulator.admin(Method::GET, &format!("/api/webauthn?userId={SHOPPER}"), Value::Null).await.json()["credentials"].clone();
    assert_eq!((&list, &one["signCount"]), (&json!([one]), &json!(2)));
    assert_eq!(one["lastUseInstant"].as_i64().unwrap() - one["insertInstant"].as_i64().unwrap(), 60_000);

    let asked = options(&emulator, "shopper@example.com").await;
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "a sign-in that began before must not use the deleted passkey");
    assert_eq!(emulator.admin(Method::GET, &path, Value::Null).await.status, 404);
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 404);
    enrol(&emulator, SHOPPER, &mut authenticator()).await;
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/webauthn?userId={SHOPPER}"), Value::Null).await.status, 200);
    assert_eq!(start(&emulator, "shopper@example.com").await.status, 400, "a user without passkeys");
    assert_eq!(start(&emulator, "nobody@example.com").await.status, 404);
}

#[tokio::test]
async fn requests_about_a_users_passkeys_need_an_api_key() {
    let emulator = TestEmulator::start().await;
    let one = format!("/api/webauthn/{SHOPPER}");
    let rows = [
        (Method::POST, "/api/webauthn/register/start"),
        (Method::POST, "/api/webauthn/start"),
        (Method::GET, "/api/webauthn?userId=x"),
        (Method::DELETE, "/api/webauthn?userId=x"),
        (Method::GET, one.as_str()),
        (Method::DELETE, one.as_str()),
    ];
    let jwt = format!("Bearer {}", emulator.login("shopper@example.com").await.member("token"));
    for (method, path) in rows {
        for authorization in [None, Some(jwt.as_str())] {
            let headers: Vec<_> = authorization.into_iter().map(|it| ("authorization", it)).collect();
            let answer = emulator.send(method.clone(), path, &headers, Value::Null).await;
            assert_eq!((answer.status, answer.text.as_str()), (401, ""), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_signature_is_good_for_one_challenge_one_page_and_one_user() {
    let emulator = TestEmulator::start().await;
    let (mut phone, mut stranger) = (authenticator(), authenticator());
    enrol(&emulator, SHOPPER, &mut phone).await;
    let handle = phone.user_handle.clone();

    let mut asked = options(&emulator, "shopper@example.com").await;
    asked["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "a challenge that the emulator did not issue");

    let asked = options(&emulator, "shopper@example.com").await;
    phone.origin = "http://evil.example".to_owned();
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "another page's signature");
    phone.origin = ORIGIN.to_owned();
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "a challenge accepts one answer, right or wrong");

    let asked = options(&emulator, "shopper@example.com").await;
    phone.rp_id = "localhost".to_owned();
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "another relying party's signature");
    phone.rp_id = HOST.to_owned();

    let asked = options(&emulator, "shopper@example.com").await;
    let mut forged = phone.get(&asked);
    forged["response"]["signature"] = stranger.get(&asked)["response"]["signature"].clone();
    assert!(is_refused(&login(&emulator, forged).await), "another key's signature");

    let asked = options(&emulator, "shopper@example.com").await;
    assert!(is_refused(&login(&emulator, stranger.get(&asked)).await), "an unknown passkey");

    let asked = options(&emulator, "shopper@example.com").await;
    phone.user_handle = Some("c29tZWJvZHktZWxzZQ".to_owned());
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "another user's passkey");
    phone.user_handle = handle;

    let asked = options(&emulator, "shopper@example.com").await;
    emulator.advance_seconds(181);
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "the challenge has expired");

    let asked = options(&emulator, "shopper@example.com").await;
    let answer = phone.get(&asked);
    assert_eq!(login(&emulator, answer.clone()).await.status, 200);
    assert!(is_refused(&login(&emulator, answer).await), "replayed");

    let (first, second) = (options(&emulator, "shopper@example.com").await, options(&emulator, "shopper@example.com").await);
    let (earlier, later) = (phone.get(&first), phone.get(&second));
    assert_eq!(login(&emulator, later).await.status, 200);
    assert!(is_refused(&login(&emulator, earlier).await), "the counter went back during the sign-in");
    phone.counter = 0;
    let asked = options(&emulator, "shopper@example.com").await;
    assert!(is_refused(&login(&emulator, phone.get(&asked)).await), "the counter went back before the sign-in");

    for (origin, rp_id) in [("http://evil.example", HOST), (ORIGIN, "localhost"), (ORIGIN, "evil.example"), ("no origin", HOST)] {
        let asked = options(&emulator, "shopper@example.com").await;
        let body = json!({"credential": phone.get(&asked), "origin": origin, "rpId": rp_id});
        assert_eq!(emulator.post("/api/webauthn/login", body).await.status, 400, "{origin} {rp_id}");
    }
    let asked = options(&emulator, "shopper@example.com").await;
    let mut unknown_member = phone.get(&asked);
    unknown_member["authenticatorAttachment"] = json!("platform");
    let response = json!({"clientDataJSON": "e30", "authenticatorData": "", "signature": ""});
    let no_challenge = json!({"id": "AA", "type": "public-key", "response": response});
    for credential in [Value::Null, json!({}), json!("x"), no_challenge, unknown_member] {
        assert_eq!(login(&emulator, credential.clone()).await.status, 400, "{credential}");
    }
}

#[tokio::test]
async fn a_passkey_is_made_once_on_the_page_that_asked_for_it() {
    let emulator = TestEmulator::start().await;
    let second_user = "20000000-0000-0000-0000-000000000002";
    let refused = |answer: TestResponse| (answer.status, answer.codes().first().map(|it| it.1.clone()).unwrap_or_default());
    let invalid = (400, "[invalid]credential".to_owned());
    let started = async || start_registration(&emulator, SHOPPER).await.json()["options"].clone();

    let (mut phone, mut asked) = (authenticator(), started().await);
    asked["challenge"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(refused(complete_registration(&emulator, SHOPPER, phone.create(&asked), ORIGIN, HOST).await), invalid);
    let asked = started().await;
    assert_eq!(refused(complete_registration(&emulator, second_user, phone.create(&asked), ORIGIN, HOST).await), invalid);
    let asked = started().await;
    phone.origin = "http://evil.example".to_owned();
    assert_eq!(refused(complete_registration(&emulator, SHOPPER, phone.create(&asked), ORIGIN, HOST).await), invalid);
    phone.origin = ORIGIN.to_owned();
    let asked = started().await;
    phone.rp_id = "localhost".to_owned();
    assert_eq!(refused(complete_registration(&emulator, SHOPPER, phone.create(&asked), ORIGIN, HOST).await), invalid);
    phone.rp_id = HOST.to_owned();
    // As from a password manager that creates a passkey without asking its user (conditional create).
    for (flags, missing) in [(0x41, "verification"), (0x44, "presence")] {
        let asked = started().await;
        phone.flags = flags;
        assert_eq!(refused(complete_registration(&emulator, SHOPPER, phone.create(&asked), ORIGIN, HOST).await), invalid, "{missing}");
    }
    phone.flags = 0x45;
    let asked = started().await;
    emulator.advance_seconds(181);
    assert_eq!(refused(complete_registration(&emulator, SHOPPER, phone.create(&asked), ORIGIN, HOST).await), invalid);
    let list = emulator.admin(Method::GET, &format!("/api/webauthn?userId={SHOPPER}"), Value::Null).await.json();
    assert_eq!(list["credentials"], json!([]));

    let asked = started().await;
    let made = phone.create(&asked);
    assert_eq!(complete_registration(&emulator, SHOPPER, made.clone(), ORIGIN, HOST).await.status, 200);
    assert_eq!(refused(complete_registration(&emulator, SHOPPER, made, ORIGIN, HOST).await), invalid, "replayed");
    let asked = start_registration(&emulator, second_user).await.json()["options"].clone();
    let stolen = complete_registration(&emulator, second_user, phone.create(&asked), ORIGIN, HOST).await;
    assert_eq!(refused(stolen), (400, "[duplicate]credential.id".to_owned()), "two accounts must not share a passkey");
}

#[tokio::test]
async fn tenant_and_application_say_whether_there_are_passkeys() {
    let emulator = TestEmulator::start().await;
    let mut phone = authenticator();
    enrol(&emulator, SHOPPER, &mut phone).await;
    let asked = options(&emulator, "shopper@example.com").await;

    emulator.patch_store(json!({"webAuthnConfiguration": {"enabled": true, "bootstrapWorkflow": {"enabled": false}}})).await;
    assert_eq!(start(&emulator, "shopper@example.com").await.codes(), [("workflow".to_owned(), "[invalid]workflow".to_owned())]);
    let in_forums = json!({"applicationId": FORUMS, "userId": SHOPPER, "workflow": "reauthentication"});
    assert_eq!(emulator.admin(Method::POST, "/api/webauthn/start", in_forums.clone()).await.status, 200);
    emulator.patch_store(json!({"webAuthnConfiguration": {"enabled": false}})).await;
    assert_eq!(start(&emulator, "shopper@example.com").await.status, 200);
    emulator.patch_tenant(json!({"webAuthnConfiguration": {"bootstrapWorkflow": {"enabled": false}}})).await;
    assert_eq!(start(&emulator, "shopper@example.com").await.status, 400);
    assert_eq!(emulator.admin(Method::POST, "/api/webauthn/start", in_forums.clone()).await.status, 200);

    emulator.patch_tenant(json!({"webAuthnConfiguration": {"enabled": false, "bootstrapWorkflow": {"enabled": true}}})).await;
    assert_eq!(start(&emulator, "shopper@example.com").await.status, 400);
    assert_eq!(emulator.admin(Method::POST, "/api/webauthn/start", in_forums).await.status, 400);
    assert_eq!(start_registration(&emulator, SHOPPER).await.status, 400);
    assert_eq!(login(&emulator, phone.get(&asked)).await.status, 200, "a sign-in that has begun must finish");

    emulator.patch_tenant(json!({"webAuthnConfiguration": {"enabled": true, "relyingPartyId": "spa-local-storage.localhost"}})).await;
    let asked = options(&emulator, "shopper@example.com").await;
    assert_eq!(asked["rpId"], "spa-local-storage.localhost");
    assert_eq!(login(&emulator, phone.get(&asked)).await.status, 400, "the relying party is not the page's own host");
}

#[tokio::test]
async fn a_passkey_opens_no_account_that_a_password_would_not() {
    let emulator = TestEmulator::start().await;
    let (mut phone, mut other) = (authenticator(), authenticator());
    enrol(&emulator, TWO_FACTOR_USER, &mut other).await;
    let asked = options(&emulator, "twofactor@example.com").await;
    assert_eq!(login(&emulator, other.get(&asked)).await.status, 242);

    enrol(&emulator, SHOPPER, &mut phone).await;
    let asked = options(&emulator, "shopper@example.com").await;
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/user/{SHOPPER}"), Value::Null).await.status, 200);
    assert_eq!(login(&emulator, phone.get(&asked)).await.status, 423);
}

/// The options for the browser on the page for passkeys.
fn options_of(page: &TestResponse) -> Value {
    let options = page.text.split("data-options=\"").nth(1).and_then(|it| it.split('"').next()).unwrap_or_else(|| panic!("{page:?}"));
    serde_json::from_str(&options.replace("&quot;", "\"")).unwrap()
}

#[tokio::test]
async fn a_passkey_signs_in_on_the_hosted_page() {
    let emulator = browser::start().await;
    let mut browser = Browser::new(&emulator);
    // A passkey belongs to a name, never to an IP address.
    browser.url = emulator.url().replace("127.0.0.1", "localhost");
    let mut phones = [SHOPPER, TWO_FACTOR_USER].map(|user| (user, Authenticator::new(&browser.url, "localhost")));
    for (user, phone) in &mut phones {
        let options = start_registration(&emulator, user).await.json()["options"].clone();
        let made = complete_registration(&emulator, user, phone.create(&options), &browser.url, "localhost").await;
        assert_eq!(made.status, 200, "{}", made.text);
    }
    let [(_, shoppers), (_, others)] = &mut phones;
    let begin = async |email: &str| {
        let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
        assert!(page.text.contains(">Use a passkey</button>"), "{}", page.text);
        browser.submit(&page, &[("loginId", email), ("passkey", "true"), ("password", ""), ("rememberDevice", "true")]).await
    };
    let page = begin("shopper@example.com").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'unsafe-inline'"), "{policy}");
    let script = page.text.split("<script src=\"").nth(1).and_then(|it| it.split('"').next()).unwrap();
    let script = browser.get(script, &[], "").await;
    assert_eq!((script.status, script.header("content-type")), (200, Some("text/javascript; charset=UTF-8")));

    let signature = shoppers.get(&options_of(&page)).to_string();
    let answer = browser.submit(&page, &[("credential", &signature)]).await;
    assert!(answer.cookies().iter().any(|it| it.starts_with("fusionauth.sso=")), "the user chose to stay signed in");
    let tokens = browser.exchange(&redirected(&answer)["code"], &[]).await;
    let claims = claims(&tokens.member("access_token"));
    assert_eq!((&claims["sub"], &claims["authenticationType"]), (&json!(SHOPPER), &json!("WebAuthn")));

    // A used signature, no signature and a signature for another application sign nobody in.
    let alert = |page: &TestResponse| page.text.split("role=\"alert\">").nth(1).and_then(|it| it.split('<').next()).map(str::to_owned);
    let refused = Some("The passkey was not accepted. Try again, or use your password.".to_owned());
    for credential in [signature.as_str(), "{}", ""] {
        assert_eq!(alert(&browser.submit(&page, &[("credential", credential)]).await), refused);
    }
    let body = json!({"applicationId": FORUMS, "loginId": "shopper@example.com", "workflow": "bootstrap"});
    let of_forums = emulator.admin(Method::POST, "/api/webauthn/start", body).await.json()["options"].clone();
    assert_eq!(alert(&browser.submit(&page, &[("credential", &shoppers.get(&of_forums).to_string())]).await), refused);

    // A passkey does not replace the second factor.
    let page = begin("twofactor@example.com").await;
    let answer = browser.submit(&page, &[("credential", &others.get(&options_of(&page)).to_string())]).await;
    assert!(answer.text.contains("Enter the code of your second factor"), "{}", answer.text);

    for email in ["second@example.com", "nobody@example.com", ""] {
        let message = alert(&begin(email).await);
        assert_eq!(message.as_deref(), Some("No account with this email can sign in with a passkey here."), "{email}");
    }
    emulator.patch_store(json!({"webAuthnConfiguration": {"enabled": true, "bootstrapWorkflow": {"enabled": false}}})).await;
    let without = browser.get("/oauth2/authorize", &request(&[]), "").await;
    assert!(!without.text.contains("Use a passkey"), "{}", without.text);
}
