//! Tests of all endpoints: API keys, unknown paths, wrong methods, bad input.

use crate::test_emulator::{API_KEY, SHOPPER, STORE, TENANT, TestEmulator, TestResponse, claims};
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

#[tokio::test]
async fn paths_and_methods() {
    let emulator = TestEmulator::start().await;
    let rows = [
        (Method::GET, "/api/status", 200),
        (Method::GET, "/api/health", 200),
        (Method::GET, "/.well-known/jwks.json", 200),
        (Method::GET, "/api/nothing", 404),
        (Method::GET, "/", 200),
        (Method::GET, "/api/login", 405),
        (Method::PUT, "/api/jwt/refresh", 405),
        (Method::POST, "/api/jwt/validate", 405),
        (Method::POST, "/oauth2/device_authorize", 400),
        (Method::POST, "/api/jwt/reconcile", 501),
        (Method::GET, "/api/user/recent-login", 501),
    ];
    for (method, path, status) in rows {
        let answer = emulator.send(method.clone(), path, &[], Value::Null).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
        if status == 501 {
            assert!(answer.text.contains(path) && answer.text.contains(method.as_str()), "{}", answer.text);
        }
    }
    assert_eq!(emulator.send(Method::GET, "/api/status", &[], Value::Null).await.text, r#"{"status":"ok"}"#);
}

#[tokio::test]
async fn admin_calls_need_a_key() {
    let emulator = TestEmulator::start().await;
    let rows = [
        (Method::GET, format!("/api/tenant/{TENANT}")),
        (Method::PATCH, format!("/api/tenant/{TENANT}")),
        (Method::GET, format!("/api/application/{STORE}")),
        (Method::POST, format!("/api/application/{STORE}")),
        (Method::PATCH, "/api/system-configuration".to_owned()),
        (Method::POST, "/api/key/generate".to_owned()),
        (Method::POST, "/api/user".to_owned()),
        (Method::POST, "/api/user/import".to_owned()),
        (Method::POST, "/api/user/registration".to_owned()),
        (Method::GET, format!("/api/user/{SHOPPER}")),
        (Method::GET, format!("/api/user/registration/{SHOPPER}/{STORE}")),
    ];
    let jwt = format!("Bearer {}", emulator.login("shopper@example.com").await.member("token"));
    for (method, path) in rows {
        for authorization in [None, Some("wrong"), Some(jwt.as_str()), Some("Bearer development-only-api-key"), Some("")] {
            let headers: Vec<_> = authorization.into_iter().map(|it| ("authorization", it)).collect();
            let answer = emulator.send(method.clone(), &path, &headers, Value::Null).await;
            assert_eq!((answer.status, answer.text.as_str()), (401, ""), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn public_keys_verify_what_was_signed() {
    let emulator = TestEmulator::start().await;
    let keys = emulator.send(Method::GET, "/.well-known/jwks.json", &[], Value::Null).await.json();
    let key = &keys["keys"][0];
    assert_eq!((&key["alg"], &key["kty"], &key["use"], &key["e"]), (&json!("RS256"), &json!("RSA"), &json!("sig"), &json!("AQAB")));
    let kid = key["kid"].as_str().unwrap();
    assert_eq!(kid.len(), 27);

    let token = emulator.login("shopper@example.com").await.member("token");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text).unwrap();
    let components = aws_lc_rs::rsa::PublicKeyComponents { n: decode(key["n"].as_str().unwrap()), e: decode(key["e"].as_str().unwrap()) };
    components.verify(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)).unwrap();

    let one = emulator.send(Method::GET, &format!("/api/jwt/public-key?applicationId={STORE}"), &[], Value::Null).await.member("publicKey");
    assert!(one.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    let all = emulator.send(Method::GET, "/api/jwt/public-key", &[], Value::Null).await.json();
    assert_eq!(all["publicKeys"][kid], json!(one));
    assert_eq!(emulator.send(Method::GET, "/api/jwt/public-key?kid=x", &[], Value::Null).await.status, 404);
}

#[tokio::test]
async fn patches_change_what_they_name() {
    let emulator = TestEmulator::start().await;
    let path = format!("/api/application/{STORE}");
    emulator.patch_jwt(json!({"timeToLiveInSeconds": 7})).await;
    let application = emulator.admin(Method::GET, &path, Value::Null).await.json()["application"].clone();
    assert_eq!((&application["jwtConfiguration"]["timeToLiveInSeconds"], &application["name"]), (&json!(7), &json!("Store")));
    let claims = claims(&emulator.login("shopper@example.com").await.member("token"));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7);

    let wrong = [
        (json!({"application": {"jwtConfiguration": {"timeToLiveInSeconds": 0}}}), "application.jwtConfiguration.timeToLiveInSeconds"),
        (json!({"application": {"jwtConfiguration": {"timeToLive": 1}}}), "application.jwtConfiguration.timeToLive"),
        (
            json!({"application": {"jwtConfiguration": {"refreshTokenUsagePolicy": "Sometimes"}}}),
            "application.jwtConfiguration.refreshTokenUsagePolicy",
        ),
        (json!({"application": 7}), "application"),
        (json!({"other": {}}), "other"),
    ];
    for (body, field) in wrong {
        let answer = emulator.admin(Method::PATCH, &path, body.clone()).await;
        assert_eq!((answer.status, answer.codes()[0].0.as_str()), (400, field), "{body}");
    }
    assert_eq!(
        emulator.admin(Method::GET, &path, Value::Null).await.json()["application"],
        application,
        "a refused patch must change nothing"
    );

    let json = [("authorization", API_KEY)];
    let body = json!({"systemConfiguration": {"corsConfiguration": {"allowedOrigins": ["http://new.example"]}}});
    let answer = emulator.send(Method::PATCH, "/api/system-configuration", &json, body.clone()).await.json();
    assert!(
        answer["systemConfiguration"]["corsConfiguration"]["allowedOrigins"].as_array().unwrap().len() > 1,
        "JSON must append to arrays"
    );
    let answer = emulator.admin(Method::PATCH, "/api/system-configuration", body).await.json();
    assert_eq!(
        answer["systemConfiguration"]["corsConfiguration"]["allowedOrigins"],
        json!(["http://new.example"]),
        "a merge patch must replace arrays"
    );
}

const ENDPOINTS: [&str; 25] = [
    "/api/webauthn/assert",
    "/api/webauthn/login",
    "/api/webauthn/register/complete",
    "/api/webauthn/start",
    "/api/two-factor/send/x",
    "/api/two-factor/start",
    "/api/two-factor/send",
    "/api/user/change-password",
    "/api/user/change-password/x",
    "/api/user/forgot-password",
    "/api/user/two-factor/20000000-0000-0000-0000-000000000001",
    "/api/user/verify-email",
    "/api/user/verify-registration",
    "/api/user-action",
    "/api/user/action",
    "/api/login",
    "/api/two-factor/login",
    "/api/jwt/refresh",
    "/api/logout",
    "/api/user",
    "/api/user/import",
    "/api/user/registration",
    "/api/application",
    "/api/key/generate",
    "/api/email/template/40000000-0000-0000-0000-000000000001",
];

#[tokio::test]
async fn bad_bodies_are_400_everywhere() {
    let emulator = TestEmulator::start().await;
    let deep = format!("{}{}", r#"{"user":"#.repeat(5_000), "}".repeat(5_000));
    let bodies: [&[u8]; 11] = [
        b"{",
        b"[]",
        b"7",
        b"null",
        b"\"text\"",
        b"\xff\xfe",
        b"{\"loginId\":\"\\ud800\"}",
        b"{\"refreshToken\":\"\\udc00\\ud800\"}",
        b"{\"applicationId\":{}}",
        b"{\"a\":1}",
        deep.as_bytes(),
    ];
    for path in ENDPOINTS {
        for body in bodies {
            let answer = raw(&emulator, path, "application/json", body.to_vec()).await;
            assert_eq!(answer.status, 400, "{path} {:.40}", String::from_utf8_lossy(body));
            assert!(!answer.codes().is_empty(), "{path} {:.40}", String::from_utf8_lossy(body));
        }
        let answer = raw(&emulator, path, "application/x-www-form-urlencoded", b"loginId=a".to_vec()).await;
        assert_eq!((answer.status, answer.codes()[0].1.as_str()), (400, "[InvalidContentType]"), "{path}");
    }
}

async fn raw(emulator: &TestEmulator, path: &str, content_type: &str, body: Vec<u8>) -> TestResponse {
    let request = emulator.client.post(format!("{}{path}", emulator.url()));
    let request = request.header("authorization", API_KEY).header("content-type", content_type).body(body);
    TestResponse::read(request.send().await.unwrap()).await
}

/// One emulator for all cases, because starting an emulator takes longer than a thousand requests.
static SHARED: LazyLock<(tokio::runtime::Runtime, TestEmulator)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let emulator = runtime.block_on(TestEmulator::start());
    (runtime, emulator)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Every input gets one of the documented statuses, and never a server error.
    #[test]
    fn nothing_makes_a_500(
        path in prop::sample::select(&ENDPOINTS[..]),
        body in prop_oneof![any::<Vec<u8>>(), json_like().prop_map(|it| it.to_string().into_bytes())],
        cookie in "[ -~&&[^\r\n]]{0,60}",
        query in "[a-zA-Z=&%0-9]{0,20}",
    ) {
        let (runtime, emulator) = &*SHARED;
        let url = format!("{}{path}?{query}", emulator.url());
        let answer = runtime.block_on(async {
            let request = emulator.client.post(url).header("authorization", API_KEY).header("content-type", "application/json");
            TestResponse::read(request.header("cookie", format!("refresh_token={cookie}")).body(body.clone()).send().await.unwrap()).await
        });
        prop_assert!([200, 400, 401, 403, 404, 421, 422].contains(&answer.status), "{} {path} {}", answer.status, String::from_utf8_lossy(&body));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No invented cookie, key, token, path or query gives access.
    #[test]
    fn tampered_credentials_open_nothing(
        cookie in "[!-~]{0,80}",
        authorization in "(Bearer |JWT |Basic |)[ -~]{0,80}",
        id in "[a-zA-Z0-9%'\";_.~-]{1,40}",
        body in json_like(),
    ) {
        let (runtime, emulator) = &*SHARED;
        let cookies = format!("access_token={cookie}; refresh_token={cookie}; fusionauth.trust={cookie}");
        let headers = [("authorization", authorization.trim()), ("cookie", cookies.as_str())];
        let id = id.replace('%', "%25");
        let calls = [
            (Method::GET, "/api/jwt/validate".to_owned()),
            (Method::GET, "/api/user".to_owned()),
            (Method::GET, format!("/api/user/{id}")),
            (Method::PATCH, format!("/api/user/{id}")),
            (Method::DELETE, format!("/api/jwt/refresh/{id}")),
            (Method::DELETE, format!("/api/jwt/refresh?token={id}")),
            (Method::POST, format!("/api/user/change-password/{id}")),
            (Method::POST, "/api/jwt/refresh".to_owned()),
            (Method::POST, "/oauth2/token".to_owned()),
            (Method::GET, format!("/api/user/registration/{id}/{id}")),
        ];
        for (method, path) in calls {
            let body = if method == Method::GET { Value::Null } else { body.clone() };
            let answer = runtime.block_on(emulator.send(method.clone(), &path, &headers, body));
            prop_assert!([400, 401, 404].contains(&answer.status), "{} {method} {path}", answer.status);
        }
    }

    /// The token endpoint must refuse every invented form with an OAuth error, because anybody can send one.
    #[test]
    fn the_token_endpoint_refuses_any_form(body in prop::collection::vec(any::<u8>(), 0..200), fields in prop::collection::vec(("(client_id|client_secret|grant_type|refresh_token|expires_in)", "[ -~]{0,40}"), 0..6)) {
        let (runtime, emulator) = &*SHARED;
        let form = serde_urlencoded::to_string(&fields).unwrap().into_bytes();
        for body in [body, form] {
            let answer = runtime.block_on(raw(emulator, "/oauth2/token", "application/x-www-form-urlencoded", body));
            prop_assert!([400, 401].contains(&answer.status) && answer.json()["error"].is_string(), "{}", answer.text);
        }
    }
}

/// JSON with member names that the endpoints know, and with any values.
pub(crate) fn json_like() -> impl Strategy<Value = Value> {
    const NAMES: &str = "algorithm application applicationId code data email entity eventsEnabled form group id jwtConfiguration key lambda \
        loginId name numberOfResults password privateKey refreshToken registration role roles search signatureConfiguration startRow tenant \
        tenantId theme twoFactor twoFactorId type url user users webhook";
    const TEXTS: [&str; 10] =
        ["", "a", "*", "\u{0}", "\u{fffd}", "shopper@example.com", "RS256", "-1", "99999999999999999999", "'; DROP TABLE users; --"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(&TEXTS).prop_map(Value::from),
        Just(json!(STORE)),
        Just(json!(1e300)),
    ];
    let name = prop::sample::select(NAMES.split(' ').collect::<Vec<_>>());
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..5)
                .prop_map(|it| Value::Object(it.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}
