//! Concurrent requests: a one-time code is used once, and no request sees half of a change.

use crate::test_emulator::{API_KEY, PASSWORD, SHOPPER, STORE, TestEmulator, TestResponse};
use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const NEW: &str = "another-good-password";

/// Starts a request. The test continues while the request is in flight.
fn start(emulator: &TestEmulator, method: Method, path: &str, authorization: &str, body: &Value, calls: &mut JoinSet<TestResponse>) {
    let content_type = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
    let request = emulator.client.request(method, format!("{}{path}", emulator.url())).header(header::CONTENT_TYPE, content_type);
    let request = request.header(header::AUTHORIZATION, authorization).body(body.to_string());
    calls.spawn(async move { TestResponse::read(request.send().await.unwrap()).await });
}

/// The statuses of concurrent POSTs, in ascending order.
async fn at_once(emulator: &TestEmulator, path: &str, authorization: &str, bodies: &[Value]) -> Vec<u16> {
    let mut calls = JoinSet::new();
    for body in bodies {
        start(emulator, Method::POST, path, authorization, body, &mut calls);
    }
    let mut statuses: Vec<u16> = calls.join_all().await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let emulator = TestEmulator::start().await;
    let user = "/api/user/20000000-0000-0000-0000-000000000006";
    for round in 0..6 {
        emulator.admin(Method::PATCH, user, json!({"user": {"twoFactor": {"recoveryCodes": ["AAAA-BBBB", "CCCC-DDDD"]}}})).await;
        let mut bodies = Vec::new();
        for _ in 0..8 {
            let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
            bodies.push(json!({"applicationId": STORE, "twoFactorId": id, "code": "AAAA-BBBB"}));
        }
        let statuses = at_once(&emulator, "/api/two-factor/login", "", &bodies).await;
        assert_eq!(statuses, [200, 421, 421, 421, 421, 421, 421, 421], "round {round}");
        // A refused code uses up neither the id nor the other recovery code.
        let mut signed_in = 0;
        for mut body in bodies {
            body["code"] = json!("CCCC-DDDD");
            signed_in += u32::from(emulator.post("/api/two-factor/login", body).await.status == 200);
        }
        assert_eq!(signed_in, 1, "round {round}");
    }
}

#[tokio::test]
async fn a_recovery_code_either_signs_in_or_disables_the_second_factor() {
    let emulator = TestEmulator::start().await;
    let user = "/api/user/20000000-0000-0000-0000-000000000006";
    for round in 0..4 {
        let methods = json!([{"id": "method", "method": "email", "email": "toni@example.com"}]);
        let two_factor = json!({"methods": methods, "recoveryCodes": ["AAAA-BBBB"]});
        assert_eq!(emulator.admin(Method::PATCH, user, json!({"user": {"twoFactor": two_factor}})).await.status, 200);
        let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
        let mut calls = JoinSet::new();
        let body = json!({"applicationId": STORE, "twoFactorId": id, "code": "AAAA-BBBB"});
        start(&emulator, Method::POST, "/api/two-factor/login", "", &body, &mut calls);
        let disable = "/api/user/two-factor/20000000-0000-0000-0000-000000000006?methodId=method&code=AAAA-BBBB";
        start(&emulator, Method::DELETE, disable, API_KEY, &json!({}), &mut calls);
        let done = calls.join_all().await.iter().filter(|it| it.status == 200).count();
        assert_eq!(done, 1, "round {round}");
    }
}

#[tokio::test]
async fn one_time_ids_are_used_once() {
    let emulator = TestEmulator::start().await;
    let once = |statuses: Vec<u16>, refused: u16| assert_eq!(statuses, [200, refused, refused, refused, refused, refused]);

    let change = emulator.login("change@example.com").await.member("changePasswordId");
    let body = |number: usize| json!({"changePasswordId": change, "password": format!("{NEW}-{number}")});
    once(at_once(&emulator, "/api/user/change-password", "", &[0, 1, 2, 3, 4, 5].map(body)).await, 404);

    let two_factor = emulator.admin(Method::POST, "/api/two-factor/start", json!({"loginId": "twofactor@example.com"})).await;
    let body = json!({"applicationId": STORE, "twoFactorId": two_factor.member("twoFactorId"), "code": two_factor.member("code")});
    once(at_once(&emulator, "/api/two-factor/login", "", &vec![body; 6]).await, 404);

    let resend = "/api/user/verify-email?email=unverified@example.com&sendVerifyEmail=false";
    let id = emulator.admin(Method::PUT, resend, json!({})).await.member("verificationId");
    once(at_once(&emulator, "/api/user/verify-email", "", &vec![json!({"verificationId": id}); 6]).await, 404);

    let forgot = emulator.admin(Method::POST, "/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
    let body = json!({"changePasswordId": forgot.member("changePasswordId"), "password": NEW});
    let token = emulator.post("/api/user/change-password", body).await.member("oneTimePassword");
    once(at_once(&emulator, "/api/login", "", &vec![json!({"applicationId": STORE, "oneTimePassword": token}); 6]).await, 404);
}

#[tokio::test]
async fn the_current_password_allows_one_change() {
    let emulator = TestEmulator::start().await;
    let bearer = format!("Bearer {}", emulator.login("shopper@example.com").await.member("token"));
    let by_token = |number: usize| json!({"currentPassword": PASSWORD, "password": format!("{NEW}-{number}")});
    let statuses = at_once(&emulator, "/api/user/change-password", &bearer, &[0, 1, 2, 3].map(by_token)).await;
    assert_eq!(statuses, [200, 400, 400, 400]);
    let by_login_id =
        |number: usize| json!({"loginId": "second@example.com", "currentPassword": PASSWORD, "password": format!("{NEW}-{number}")});
    let statuses = at_once(&emulator, "/api/user/change-password", API_KEY, &[0, 1, 2, 3].map(by_login_id)).await;
    assert_eq!(statuses, [200, 400, 400, 400]);
}

#[tokio::test]
async fn a_password_change_ends_the_session_of_a_concurrent_login() {
    let emulator = TestEmulator::start().await;
    // Logins after the change fail. A lockout for those failures would refuse the other logins.
    emulator.patch_tenant(json!({"failedAuthenticationConfiguration": null})).await;
    let bearer = format!("Bearer {}", emulator.login("shopper@example.com").await.member("token"));
    let mut logins = JoinSet::new();
    for _ in 0..24 {
        let body = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
        start(&emulator, Method::POST, "/api/login", "", &body, &mut logins);
    }
    let change = json!({"currentPassword": PASSWORD, "password": NEW});
    let changed = emulator.send(Method::POST, "/api/user/change-password", &[("authorization", &bearer)], change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    for login in logins.join_all().await {
        assert!([200, 404].contains(&login.status), "{}", login.text);
        if login.status == 200 {
            assert_eq!(emulator.refresh(&login.member("refreshToken")).await.status, 400);
        }
    }
}

#[tokio::test]
async fn a_login_with_a_second_factor_ends_with_the_password_that_began_it() {
    let emulator = TestEmulator::start().await;
    emulator
        .admin(Method::PATCH, "/api/user/20000000-0000-0000-0000-000000000006", json!({"user": {"twoFactor": {"recoveryCodes": ["A-B"]}}}))
        .await;
    let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
    let trust_token = trust_token(&emulator, "twofactor@example.com").await;
    let change = json!({"loginId": "twofactor@example.com", "password": NEW, "trustToken": trust_token});
    assert_eq!(emulator.admin(Method::POST, "/api/user/change-password", change).await.status, 200);
    let body = json!({"applicationId": STORE, "twoFactorId": id, "code": "A-B"});
    assert_eq!(emulator.post("/api/two-factor/login", body).await.status, 404);
}

/// A token that shows that the user has just passed the second factor.
pub(crate) async fn trust_token(emulator: &TestEmulator, login_id: &str) -> String {
    let started = emulator.admin(Method::POST, "/api/two-factor/start", json!({"loginId": login_id})).await;
    let body = json!({"twoFactorId": started.member("twoFactorId"), "code": started.member("code"), "noJWT": true});
    emulator.post("/api/two-factor/login", body).await.member("trustToken")
}

#[tokio::test]
async fn a_change_of_password_and_another_change_of_the_user_are_both_kept() {
    let emulator = TestEmulator::start().await;
    let user = format!("/api/user/{SHOPPER}");
    for round in 0..8 {
        let id = emulator.admin(Method::POST, "/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
        let (name, password) = (format!("Sammy {round}"), format!("{NEW}-{round}"));
        let mut calls = JoinSet::new();
        let change = json!({"changePasswordId": id.member("changePasswordId"), "password": password});
        start(&emulator, Method::POST, "/api/user/change-password", "", &change, &mut calls);
        start(&emulator, Method::PATCH, &user, API_KEY, &json!({"user": {"firstName": name}}), &mut calls);
        assert!(calls.join_all().await.iter().all(|it| it.status == 200));
        let stored = emulator.admin(Method::GET, &user, Value::Null).await.json()["user"].clone();
        assert_eq!(stored["firstName"], json!(name));
        let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": password});
        assert_eq!(emulator.post("/api/login", login).await.status, 200);
    }
}

#[tokio::test]
async fn a_user_is_never_seen_without_the_registration_that_created_it() {
    let emulator = TestEmulator::start().await;
    for round in 0..10 {
        let id = uuid::Uuid::new_v4();
        let user = json!({"email": format!("new{round}@example.com"), "password": PASSWORD});
        let body = json!({"user": user, "registration": {"applicationId": STORE}});
        let mut registration = JoinSet::new();
        start(&emulator, Method::POST, &format!("/api/user/registration/{id}"), API_KEY, &body, &mut registration);
        let path = format!("/api/user/{id}");
        let registered = async { registration.join_next().await.unwrap().unwrap() };
        let seen = async {
            loop {
                let seen = emulator.admin(Method::GET, &path, Value::Null).await;
                if seen.status == 200 {
                    break seen.json()["user"]["registrations"].as_array().unwrap().len();
                }
            }
        };
        let (registered, registrations) = tokio::join!(registered, seen);
        assert_eq!((registered.status, registrations), (200, 1), "round {round}");
    }
}
