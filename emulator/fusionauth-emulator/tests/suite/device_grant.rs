//! The device authorization grant (RFC 8628) with the emulated clock.

use crate::browser::{Browser, RETURN, SECRET, error_of, redirected, request, start};
use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TENANT, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const TYPED: [(&str, &str); 2] = [("loginId", "shopper@example.com"), ("password", PASSWORD)];

/// A device and its codes.
struct Device {
    browser: Browser,
    device_code: String,
    user_code: String,
}

/// An emulator in which the Store allows the device grant.
async fn start_with_devices() -> TestEmulator {
    let emulator = start().await;
    let grants = ["authorization_code", "refresh_token", GRANT];
    let settings = json!({"deviceVerificationURL": "http://store.example/activate", "enabledGrants": grants});
    emulator.patch_store(json!({"oauthConfiguration": settings})).await;
    emulator
}

impl Device {
    async fn authorize(emulator: &TestEmulator) -> Self {
        let browser = Browser::new(emulator);
        let form = [("client_id", STORE), ("scope", "openid offline_access email"), ("metaData.device.name", "Television")];
        let answer = browser.post("/oauth2/device_authorize", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let (device_code, user_code) = (answer.member("device_code"), answer.member("user_code"));
        assert_eq!((&answer.json()["expires_in"], &answer.json()["interval"]), (&json!(300), &json!(5)));
        assert_eq!(answer.member("verification_uri"), "http://store.example/activate");
        assert_eq!(answer.member("verification_uri_complete"), format!("http://store.example/activate?user_code={user_code}"));
        Self { browser, device_code, user_code }
    }

    async fn poll(&self) -> TestResponse {
        self.poll_as(STORE, SECRET, &self.device_code).await
    }

    async fn poll_as(&self, client: &str, secret: &str, code: &str) -> TestResponse {
        let form = [("client_id", client), ("client_secret", secret), ("grant_type", GRANT), ("device_code", code)];
        self.browser.post("/oauth2/token", &form).await
    }

    async fn error(&self) -> Value {
        let answer = self.poll().await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        answer.json()["error"].clone()
    }

    /// Types the code into the emulator's own page, signs in, and returns the last page.
    async fn approve_on_page(&self, code: &str) -> TestResponse {
        let page = self.browser.get("/oauth2/device", &[("client_id", STORE), ("user_code", code)], "").await;
        assert!(page.text.contains(&format!("value=\"{code}\"")), "{}", page.text);
        let next = self.browser.submit(&page, &[("user_code", code)]).await;
        let sign_in = self.browser.get(next.header("location").unwrap(), &[], "").await;
        let done = self.browser.submit(&sign_in, &TYPED).await;
        self.browser.get(done.header("location").unwrap_or_else(|| panic!("{done:?}")), &[], "").await
    }
}

#[tokio::test]
async fn a_device_gets_tokens_once_its_user_has_approved_it() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    assert_eq!(device.error().await, json!("authorization_pending"));
    emulator.advance_seconds(5);
    // The user types the code in another way than the device shows it.
    let typed = device.user_code.to_lowercase();
    let last = device.approve_on_page(&format!("{}-{}", &typed[..3], &typed[3..])).await;
    assert!(last.text.contains("The device is connected"), "{}", last.text);
    let tokens = device.poll().await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    assert_eq!((&tokens.json()["userId"], &tokens.json()["scope"]), (&json!(SHOPPER), &json!("openid offline_access email")));
    let access = claims(&tokens.member("access_token"));
    assert_eq!((&access["aud"], &access["sub"]), (&json!(STORE), &json!(SHOPPER)));
    assert!(tokens.json()["id_token"].is_string());
    let session = emulator.admin(Method::GET, &format!("/api/jwt/refresh/{}", tokens.member("refresh_token_id")), Value::Null).await;
    assert_eq!(session.json()["refreshToken"]["metaData"]["device"]["name"], "Television");
    assert_eq!(emulator.refresh(&tokens.member("refresh_token")).await.status, 200);
    assert_eq!(error_of(&device.poll().await), (400, json!("invalid_request"), json!("invalid_device_code")), "the code is used");
    let again = device.browser.get("/oauth2/device/validate", &[("client_id", STORE), ("user_code", &device.user_code)], "").await;
    assert_eq!(error_of(&again), (400, json!("invalid_request"), json!("invalid_user_code")));
}

#[tokio::test]
async fn a_device_that_polls_too_often_must_slow_down() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    assert_eq!(device.error().await, json!("authorization_pending"));
    emulator.advance_seconds(4);
    assert_eq!(device.error().await, json!("slow_down"));
    emulator.advance_seconds(9);
    assert_eq!(device.error().await, json!("slow_down"), "the wait is ten seconds now");
    emulator.advance_seconds(15);
    assert_eq!(device.error().await, json!("authorization_pending"));
    device.approve_on_page(&device.user_code).await;
    assert_eq!(device.poll().await.status, 200, "an approved device need not wait");

    let device = Device::authorize(&emulator).await;
    let validate =
        async || device.browser.get("/oauth2/device/validate", &[("client_id", STORE), ("user_code", &device.user_code)], "").await;
    assert_eq!((validate().await.status, validate().await.text.as_str()), (200, ""));
    emulator.advance_seconds(300);
    assert_eq!(device.error().await, json!("expired_token"));
    assert_eq!(error_of(&validate().await), (400, json!("invalid_request"), json!("user_code_expired")));
    let answer = redirected(&device.browser.get("/oauth2/authorize", &request(&[("user_code", &device.user_code)]), "").await);
    assert_eq!((answer["error"].as_str(), answer["error_reason"].as_str()), ("expired_token", "user_code_expired"));
}

/// FusionAuth approves a device when the application exchanges the code of a request with a `user_code`.
#[tokio::test]
async fn the_exchange_of_a_code_approves_the_device() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    let browser = &device.browser;
    let code = browser.sign_in("shopper@example.com", &request(&[("user_code", &device.user_code)])).await["code"].clone();
    assert_eq!(device.error().await, json!("authorization_pending"));
    assert_eq!(browser.exchange(&code, &[("code_verifier", "wrong")]).await.status, 400);
    emulator.advance_seconds(5);
    assert_eq!(device.error().await, json!("authorization_pending"), "a failed exchange approves nothing");
    let code = browser.sign_in("shopper@example.com", &request(&[("user_code", &device.user_code)])).await["code"].clone();
    assert_eq!(browser.exchange(&code, &[]).await.status, 200);
    assert_eq!(device.poll().await.status, 200);
}

/// A link from a stranger could contain the code of the stranger's device, so a click alone must not approve it.
#[tokio::test]
async fn a_user_who_is_signed_in_signs_in_again_to_approve_a_device() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    let browser = &device.browser;
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let cookie = crate::browser::cookies(&browser.submit(&page, &[TYPED[0], TYPED[1], ("rememberDevice", "true")]).await);
    let own = format!("{}/oauth2/device-complete", emulator.url());
    for redirect_uri in [RETURN, &own] {
        let link = request(&[("user_code", &device.user_code), ("redirect_uri", redirect_uri)]);
        let answer = browser.get("/oauth2/authorize", &link, &cookie).await;
        assert!(answer.status == 200 && answer.text.contains("name=\"password\""), "{answer:?}");
    }
    assert_eq!(device.error().await, json!("authorization_pending"));

    // Links in messages do not approve a device, either.
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true}})).await;
    let link = request(&[("user_code", &device.user_code), ("redirect_uri", &own)]);
    let answer = browser.post("/oauth2/passwordless", &[&link[..], &[TYPED[0]]].concat()).await;
    assert!(answer.header("location").unwrap_or_default().contains("error=unauthorized_client"), "{answer:?}");
    emulator.post("/api/user/forgot-password", json!({"loginId": TYPED[0].1})).await;
    let typed = [("password", "a-new-password-1"), ("passwordConfirm", "a-new-password-1")];
    let path = format!("/password/change/{}", emulator.mailed("changePasswordId").await);
    let answer = browser.post(&path, &[&link[..], &typed].concat()).await;
    assert!(answer.text.contains("Your password was changed") && answer.text.contains("/oauth2/authorize?"), "{answer:?}");
    emulator.advance_seconds(5);
    assert_eq!(device.error().await, json!("authorization_pending"));
    let without_code = browser.get("/oauth2/authorize", &request(&[("redirect_uri", &own)]), "").await;
    assert!(without_code.header("location").unwrap().contains("error_reason=missing_user_code"), "{without_code:?}");
}

#[tokio::test]
async fn an_application_approves_a_device_by_an_access_token() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    let token = emulator.login("shopper@example.com").await.member("token");
    let approve = async |changed: &[(&str, &str)]| {
        let mut form = std::collections::BTreeMap::from([
            ("client_id", STORE),
            ("client_secret", SECRET),
            ("token", token.as_str()),
            ("user_code", &device.user_code),
        ]);
        form.extend(changed.iter().copied());
        let form: Vec<_> = form.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        device.browser.post("/oauth2/device/approve", &form).await
    };
    for (changed, status, reason) in [
        (vec![("client_secret", "wrong")], 401, "invalid_client_authentication"),
        (vec![("client_secret", "")], 401, "missing_client_secret"),
        (vec![("token", "x.y.z")], 401, "access_token_invalid"),
        (vec![("token", "")], 400, "missing_token"),
        (vec![("user_code", "BBBBBB")], 400, "invalid_user_code"),
        (vec![("user_code", "")], 400, "missing_user_code"),
        (vec![("client_id", FORUMS), ("client_secret", "development-only-forums-client-secret")], 401, "access_token_invalid"),
    ] {
        let answer = approve(&changed).await;
        assert_eq!((answer.status, &answer.json()["error_reason"]), (status, &json!(reason)), "{changed:?}");
    }
    assert_eq!(device.error().await, json!("authorization_pending"));
    let approved = approve(&[]).await;
    let expected = json!({"deviceGrantStatus": "Approved", "deviceInfo": {"name": "Television"}, "tenantId": TENANT, "userId": SHOPPER});
    assert_eq!(approved.json(), expected);
    assert_eq!(approve(&[]).await.json()["error_reason"], json!("invalid_user_code"), "a device is approved once");
    assert_eq!(device.poll().await.status, 200);
}

#[tokio::test]
async fn the_caller_of_user_code_learns_about_the_device() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    let url = format!("{}/oauth2/device/user-code", emulator.url());
    let describe = async |method: Method, authorization: &str, form: &[(&str, &str)]| {
        let body = serde_urlencoded::to_string(form).unwrap();
        let request = emulator.client.request(method, &url).body(body).header("authorization", authorization);
        TestResponse::read(request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap()).await
    };
    let code = ("user_code", device.user_code.as_str());
    let expected = json!({
        "client_id": STORE, "deviceInfo": {"name": "Television"}, "expires_in": 300, "scope": "email", "tenantId": TENANT, "user_code": code.1,
    });
    for method in [Method::GET, Method::POST] {
        assert_eq!(describe(method.clone(), API_KEY, &[code]).await.json(), expected);
        assert_eq!(describe(method, "", &[("client_id", STORE), ("client_secret", SECRET), code]).await.json(), expected);
    }
    assert_eq!(describe(Method::POST, "", &[("client_id", STORE), code]).await.status, 401);
    assert_eq!(describe(Method::POST, API_KEY, &[("user_code", "BBBBBB")]).await.status, 400);
}

#[tokio::test]
async fn a_device_request_is_refused_with_its_reason() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    let browser = &device.browser;
    assert_eq!(error_of(&device.poll_as(STORE, SECRET, "x").await), (400, json!("invalid_request"), json!("invalid_device_code")));
    assert_eq!(error_of(&device.poll_as(STORE, SECRET, "").await), (400, json!("invalid_request"), json!("missing_device_code")));
    assert_eq!(error_of(&device.poll_as(STORE, "wrong", &device.device_code).await).0, 401);
    emulator
        .admin(
            Method::PATCH,
            &format!("/api/application/{FORUMS}"),
            json!({"application": {"oauthConfiguration": {"enabledGrants": [GRANT]}}}),
        )
        .await;
    let secret = "development-only-forums-client-secret";
    assert_eq!(device.poll_as(FORUMS, secret, &device.device_code).await.json()["error_reason"], json!("invalid_device_code"));
    let wrong = browser.get("/oauth2/device", &[("client_id", STORE)], "").await;
    let wrong = browser.submit(&wrong, &[("user_code", "BBBBBB")]).await;
    assert!(wrong.text.contains("role=\"alert\""), "{}", wrong.text);

    let authorize = async |client: &str| error_of(&browser.post("/oauth2/device_authorize", &[("client_id", client)]).await);
    assert_eq!(authorize(FORUMS).await, (400, json!("invalid_request"), json!("missing_verification_uri")));
    assert_eq!(authorize("").await, (400, json!("invalid_request"), json!("missing_client_id")));
    assert_eq!(authorize(SHOPPER).await, (400, json!("invalid_request"), json!("invalid_client_id")));
    emulator.patch_store(json!({"oauthConfiguration": {"enabledGrants": ["authorization_code"]}})).await;
    assert_eq!(authorize(STORE).await, (400, json!("unauthorized_client"), json!("grant_type_disabled")));
    assert_eq!(error_of(&device.poll().await), (400, json!("unauthorized_client"), json!("grant_type_disabled")));
}

#[tokio::test]
async fn an_approval_ends_with_the_password_and_with_the_account() {
    let emulator = start_with_devices().await;
    let device = Device::authorize(&emulator).await;
    device.approve_on_page(&device.user_code).await;
    let user = format!("/api/user/{SHOPPER}");
    emulator.admin(Method::DELETE, &user, Value::Null).await;
    assert_eq!(error_of(&device.poll().await), (400, json!("invalid_grant"), json!("user_locked")));
    emulator.admin(Method::PUT, &format!("{user}?reactivate=true"), Value::Null).await;
    assert_eq!(emulator.admin(Method::PATCH, &user, json!({"user": {"password": "another-password"}})).await.status, 200);
    assert_eq!(error_of(&device.poll().await), (400, json!("invalid_request"), json!("invalid_device_code")));
}
