//! `POST /api/login` and `POST /api/two-factor/login`, in tables of requests and answers.

use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TENANT, TestEmulator, claims};
use base64::Engine as _;
use reqwest::Method;
use serde_json::{Value, json};

/// Password hashes take nearly all the time of a login. So logins that compute the same hashes do not reveal whether the user exists.
#[tokio::test]
async fn known_and_unknown_users_are_answered_after_the_same_password_hashes() {
    let emulator = TestEmulator::start().await;
    let no_password = json!({"skipVerification": true, "sendSetPasswordEmail": true, "user": {"email": "nopassword@example.com"}});
    assert_eq!(emulator.admin(Method::POST, "/api/user", no_password).await.status, 200);
    let cost = "$argon2id$v=19$m=64,t=1,p=1";
    let mut expected = emulator.password_hashes().await;
    for login_id in ["shopper@example.com", "nobody@example.com", "nopassword@example.com"] {
        let answer = emulator.post("/api/login", json!({"applicationId": STORE, "loginId": login_id, "password": "wrong"})).await;
        assert_eq!((answer.status, answer.text.as_str()), (404, ""));
        expected[cost] = json!(expected[cost].as_u64().unwrap() + 1);
        assert_eq!(emulator.password_hashes().await, expected, "expected exactly one new hash: {login_id}");
    }
}

#[tokio::test]
async fn each_account_has_its_outcome() {
    let emulator = TestEmulator::start().await;
    // Account, status, members of the body, number of cookies.
    let rows: [(&str, u16, &[&str], usize); 9] = [
        ("shopper@example.com", 200, &["refreshToken", "refreshTokenId", "token", "tokenExpirationInstant", "user"], 2),
        ("SHOPPER@example.com", 200, &["refreshToken", "refreshTokenId", "token", "tokenExpirationInstant", "user"], 2),
        (" shopper@example.com", 404, &[], 0),
        ("unregistered@example.com", 202, &["token", "tokenExpirationInstant", "user"], 1),
        ("change@example.com", 203, &["changePasswordId", "changePasswordReason"], 0),
        ("unverified@example.com", 212, &["user"], 0),
        ("twofactor@example.com", 242, &["methods", "twoFactorId"], 0),
        ("locked@example.com", 423, &[], 0),
        ("nobody@example.com", 404, &[], 0),
    ];
    for (login_id, status, members, cookies) in rows {
        let answer = emulator.login(login_id).await;
        assert_eq!(answer.status, status, "{login_id}");
        let body = answer.json();
        assert_eq!(body.as_object().map(|it| it.keys().map(String::as_str).collect()).unwrap_or(vec![]), members, "{login_id}");
        assert_eq!(answer.text.is_empty(), members.is_empty(), "{login_id}");
        assert_eq!(answer.cookies().len(), cookies, "{login_id}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        if !members.is_empty() {
            assert_eq!(answer.header("content-type"), Some("application/json; charset=UTF-8"));
        }
        assert!(!answer.text.contains("JBSWY3DP") && !answer.text.contains("secret") && !answer.text.contains("null"), "{login_id}");
    }
}

#[tokio::test]
async fn refused_requests_come_in_the_documented_order() {
    let emulator = TestEmulator::start().await;
    let unknown = "99999999-0000-0000-0000-000000000000";
    let closed = "3c219e58-ed0e-4b18-ad48-f4f92793ae32"; // FusionAuth's own application requires an API key.
    let good = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body
    };
    // Body, whether the request has an API key, status, errors.
    type Row = (Value, bool, u16, &'static [(&'static str, &'static str)]);
    let rows: Vec<Row> = vec![
        (with("applicationId", json!("no-uuid")), false, 400, &[("applicationId", "[invalidJSON]")]),
        (with("loginId", json!(5)), false, 400, &[("loginId", "[invalidJSON]")]),
        (with("unknown", json!(5)), false, 400, &[("unknown", "[invalidJSON]")]),
        (with("applicationId", json!(unknown)), false, 400, &[("applicationId", "[invalid]applicationId")]),
        (json!({"applicationId": unknown}), false, 400, &[("applicationId", "[invalid]applicationId")]),
        (json!({"applicationId": closed}), false, 401, &[]),
        (json!({}), false, 401, &[]),
        (with("applicationId", Value::Null), false, 401, &[]),
        (with("applicationId", Value::Null), true, 200, &[]),
        (json!({"applicationId": STORE}), false, 400, &[("loginId", "[blank]loginId"), ("password", "[blank]password")]),
        (with("password", json!("")), false, 400, &[("password", "[blank]password")]),
        (with("password", json!("wrong")), false, 404, &[]),
        (with("password", json!("Correct-horse-battery")), false, 404, &[]),
        (with("loginId", json!("' OR 1=1 --")), false, 404, &[]),
        (json!({"applicationId": STORE, "loginId": "locked@example.com", "password": "wrong"}), false, 423, &[]),
        (json!({"applicationId": STORE, "oneTimePassword": "none"}), false, 404, &[]),
        (good.clone(), false, 200, &[]),
    ];
    for (body, key, status, errors) in rows {
        let headers: &[_] = if key { &[("authorization", API_KEY)] } else { &[] };
        let answer = emulator.send(Method::POST, "/api/login", headers, body.clone()).await;
        assert_eq!(answer.status, status, "{body}");
        let expected: Vec<_> = errors.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
        assert_eq!(answer.codes(), expected, "{body}");
        assert!(status == 200 || (answer.cookies().is_empty() && (status == 400 || answer.text.is_empty())), "{body}");
    }
}

#[tokio::test]
async fn cookies_are_exactly_fusionauths() {
    let emulator = TestEmulator::start().await;
    let body = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    for (headers, secure) in
        [(&[][..], ""), (&[("x-forwarded-proto", "https")][..], "; Secure"), (&[("x-forwarded-proto", "http")][..], "")]
    {
        let answer = emulator.send(Method::POST, "/api/login", headers, body.clone()).await;
        let (token, refresh) = (answer.member("token"), answer.member("refreshToken"));
        assert_eq!(
            answer.cookies(),
            [
                format!("access_token={token}; HttpOnly; Path=/; SameSite=Lax{secure}"),
                format!("refresh_token={refresh}; HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax{secure}"),
            ]
        );
        assert!(refresh.len() >= 43 && refresh.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it)));
    }
    let mut body = body;
    body["noJWT"] = json!(true);
    let answer = emulator.post("/api/login", body).await;
    assert_eq!((answer.status, answer.cookies().len(), answer.json()["token"].is_null()), (200, 0, true));
}

#[tokio::test]
async fn the_access_token_has_the_documented_claims() {
    let emulator = TestEmulator::start().await;
    let answer = emulator.login("shopper@example.com").await;
    let payload = claims(&answer.member("token"));
    let now = emulator.now_seconds();
    let expected = json!({
        "applicationId": STORE, "aud": STORE, "auth_time": now, "authenticationType": "PASSWORD", "email": "shopper@example.com",
        "email_verified": true, "exp": now + 300, "iat": now, "iss": "storefront.example", "jti": payload["jti"],
        "roles": ["user"], "sid": answer.member("refreshTokenId"), "sub": SHOPPER, "tid": TENANT,
    });
    assert_eq!(payload, expected);
    assert_eq!(answer.json()["tokenExpirationInstant"], json!((now + 300) * 1_000));

    let answer = emulator.login("unregistered@example.com").await;
    let payload = claims(&answer.member("token"));
    assert!(
        payload["roles"].is_null() && payload["applicationId"].is_null() && payload["sid"].is_null(),
        "the user is not registered: {payload}"
    );
}

#[tokio::test]
async fn a_second_factor_finishes_the_login() {
    let emulator = TestEmulator::start().await;
    let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
    let step = |id: &str, code: &str| json!({"applicationId": STORE, "code": code, "twoFactorId": id});
    let right = totp(emulator.now_seconds());

    let wrong = emulator.post("/api/two-factor/login", step(&id, "000000")).await;
    assert_eq!((wrong.status, wrong.text.as_str()), (421, ""), "a wrong code must get 421");
    assert_eq!(emulator.post("/api/two-factor/login", step("unknown", &right)).await.status, 404);
    assert_eq!(
        emulator.post("/api/two-factor/login", json!({"twoFactorId": id})).await.codes(),
        [("code".to_owned(), "[blank]code".to_owned())]
    );

    let mut body = step(&id, &right);
    body["trustComputer"] = json!(true);
    let answer = emulator.post("/api/two-factor/login", body).await;
    assert_eq!(answer.status, 200);
    let trust = answer.member("twoFactorTrustId");
    assert_eq!(answer.cookies().len(), 3);
    assert_eq!(answer.cookies()[2], format!("fusionauth.trust={trust}; HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"));
    assert_eq!(emulator.post("/api/two-factor/login", step(&id, &right)).await.status, 404, "an id must be usable once");

    let body = json!({"applicationId": FORUMS, "loginId": "twofactor@example.com", "password": PASSWORD});
    let trusted = emulator.send(Method::POST, "/api/login", &[("cookie", &format!("fusionauth.trust={trust}"))], body.clone()).await;
    assert_eq!(trusted.status, 200);
    let other = json!({"applicationId": FORUMS, "loginId": "twofactor@example.com", "password": PASSWORD, "twoFactorTrustId": "x"});
    assert_eq!(emulator.post("/api/login", other).await.status, 242);

    let id = emulator.login("twofactor@example.com").await.member("twoFactorId");
    emulator.advance_seconds(301);
    assert_eq!(emulator.post("/api/two-factor/login", step(&id, &totp(emulator.now_seconds()))).await.status, 404, "the id has expired");
}

/// <https://fusionauth.io/docs/apis/login>: "Since version 1.42.0, this status code (242) is also returned when two factor authentication is
/// required." `configurableMethods` is a member of the .NET client's `LoginResponse`. The `twoFactorId` then enables a first method
/// (<https://fusionauth.io/docs/apis/two-factor>), whose answer has the code that completes the login.
#[tokio::test]
async fn a_required_second_factor_is_set_up_during_the_login() {
    let emulator = TestEmulator::start().await;
    emulator.patch_tenant(json!({"multiFactorConfiguration": {"loginPolicy": "Required"}})).await;
    let asked = emulator.login("shopper@example.com").await;
    assert_eq!(asked.status, 242);
    assert_eq!((&asked.json()["configurableMethods"], &asked.json()["methods"]), (&json!(["authenticator", "email"]), &json!([])));
    let status = |query: &str| format!("/api/two-factor/status?userId={SHOPPER}{query}");
    assert_eq!(emulator.admin(Method::GET, &status(""), Value::Null).await.status, 242);

    let secret = emulator.admin(Method::GET, "/api/two-factor/secret", Value::Null).await.member("secret");
    let code = totp_of(&base64::engine::general_purpose::STANDARD.decode(&secret).unwrap(), emulator.now_seconds());
    let enable = |two_factor_id: &str| json!({"code": code, "method": "authenticator", "secret": secret, "twoFactorId": two_factor_id});
    let path = format!("/api/user/two-factor/{SHOPPER}");
    let wrong = emulator.admin(Method::POST, &path, enable("wrong")).await;
    assert_eq!(wrong.codes(), [("twoFactorId".to_owned(), "[invalid]twoFactorId".to_owned())]);
    let id = asked.member("twoFactorId");
    let enabled = emulator.admin(Method::POST, &path, enable(&id)).await;
    assert_eq!(enabled.json()["recoveryCodes"].as_array().map(Vec::len), Some(10), "{}", enabled.text);
    let finish = json!({"applicationId": STORE, "twoFactorId": id, "code": enabled.member("code")});
    assert_eq!(emulator.post("/api/two-factor/login", finish).await.status, 200);

    // An application's policy precedes the tenant's (`Tenant.lookupMultiFactorLoginPolicy` in the Java client).
    emulator.patch_store(json!({"multiFactorConfiguration": {"loginPolicy": "Disabled"}})).await;
    assert_eq!(emulator.login("shopper@example.com").await.status, 200);
    assert_eq!(emulator.admin(Method::GET, &status(&format!("&applicationId={STORE}")), Value::Null).await.status, 200);
    let body = json!({"applicationId": FORUMS, "loginId": "shopper@example.com", "password": PASSWORD});
    assert_eq!(emulator.post("/api/login", body).await.status, 242);
}

/// <https://fusionauth.io/docs/apis/passwordless> says that the answer of the login returns the `state` of `start`; a second factor between
/// the two must not lose it.
#[tokio::test]
async fn the_first_step_of_a_login_is_known_after_the_second() {
    let emulator = TestEmulator::start().await;
    let start = json!({"applicationId": STORE, "loginId": "twofactor@example.com", "state": {"page": "/cart"}});
    let started = emulator.admin(Method::POST, "/api/passwordless/start", start).await.member("code");
    let asked = emulator.post("/api/passwordless/login", json!({"applicationId": STORE, "code": started})).await;
    let code = totp(emulator.now_seconds());
    let finish = json!({"applicationId": STORE, "twoFactorId": asked.member("twoFactorId"), "code": code});
    let answer = emulator.post("/api/two-factor/login", finish).await;
    assert_eq!((answer.status, &answer.json()["state"]), (200, &json!({"page": "/cart"})));
    assert_eq!(claims(&answer.member("token"))["authenticationType"], json!("PASSWORDLESS"));
}

/// The current code of twofactor@example.com (RFC 6238). The test computes it itself, so that a mistake in the emulator's code shows.
pub(crate) fn totp(now_seconds: i64) -> String {
    let secret = base64::engine::general_purpose::STANDARD.decode("SGVsbG8h3q2+7w==").unwrap();
    assert_eq!(base32(&secret), "JBSWY3DPEHPK3PXP");
    totp_of(&secret, now_seconds)
}

fn totp_of(secret: &[u8], now_seconds: i64) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = aws_lc_rs::hmac::sign(&key, &(now_seconds / 30).to_be_bytes());
    let offset = usize::from(tag.as_ref()[19] % 16);
    let number = tag.as_ref()[offset..offset + 4].iter().fold(0_u32, |it, byte| it << 8 | u32::from(*byte)) % (1 << 31);
    format!("{:06}", number % 1_000_000)
}

fn base32(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|it| format!("{it:08b}")).collect();
    let letters = bits.as_bytes().chunks(5).map(|it| usize::from_str_radix(std::str::from_utf8(it).unwrap(), 2).unwrap());
    letters.map(|it| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[it])).collect()
}
