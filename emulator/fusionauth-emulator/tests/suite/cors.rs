//! FusionAuth's CORS filter, case by case.

use crate::test_emulator::{self, TestEmulator, TestResponse};
use reqwest::Method;
use serde_json::{Value, json};

const STORE: &str = "http://store.spa-local-storage.localhost:8080";

async fn configure(emulator: &TestEmulator, settings: Value) {
    let answer =
        emulator.admin(Method::PATCH, "/api/system-configuration", json!({"systemConfiguration": {"corsConfiguration": settings}})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn cors(answer: &TestResponse) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == "vary").collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    headers.into_iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect()
}

const ALLOWED: [(&str, &str); 4] = [
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-origin", STORE),
    ("access-control-expose-headers", "Access-Control-Allow-Origin,Access-Control-Allow-Credentials,Retry-After"),
    ("vary", "Origin"),
];

#[tokio::test]
async fn calls_of_other_origins() {
    let emulator = TestEmulator::start().await;
    let own = emulator.url();
    // Method, path, headers, body, status, whether the answer has the CORS headers for another origin.
    let form = [("origin", STORE), ("content-type", "text/plain")];
    type Row<'a> = (Method, &'a str, Vec<(&'a str, &'a str)>, Value, u16, bool);
    let rows: Vec<Row<'_>> = vec![
        (Method::POST, "/api/jwt/refresh", vec![("origin", STORE)], json!({}), 400, true),
        (
            Method::POST,
            "/api/login",
            vec![("origin", STORE)],
            json!({"applicationId": test_emulator::STORE, "loginId": "a", "password": "b"}),
            404,
            true,
        ),
        (Method::GET, "/api/jwt/validate", vec![("origin", STORE)], Value::Null, 401, true),
        (Method::GET, "/nothing", vec![("origin", STORE)], Value::Null, 404, true),
        (Method::POST, "/api/logout", form.to_vec(), json!({}), 400, true),
        // A POST without a Content-Type, such as a `fetch` without a body.
        (Method::POST, "/api/logout", vec![("origin", STORE)], Value::Null, 403, false),
        (Method::DELETE, "/api/jwt/refresh", vec![("origin", STORE)], Value::Null, 403, false),
        (Method::GET, "/admin/", vec![("origin", STORE)], Value::Null, 403, false),
        (Method::POST, "/api/logout", vec![("origin", "http://evil.example")], json!({}), 403, false),
        (Method::POST, "/api/logout", vec![("origin", "http://STORE.spa-local-storage.localhost:8080")], json!({}), 403, false),
        (Method::POST, "/api/logout", vec![("origin", "http://store.spa-local-storage.localhost:8080/")], json!({}), 403, false),
        (Method::POST, "/api/logout", vec![("origin", "null")], json!({}), 403, false),
        (Method::POST, "/api/logout", vec![("origin", "")], json!({}), 403, false),
        (Method::POST, "/api/logout", vec![("origin", "store.localhost")], json!({}), 403, false),
        (Method::POST, "/api/logout", vec![("origin", "http://a%20b")], json!({}), 403, false),
        // These requests are not from another origin.
        (Method::POST, "/api/logout", vec![], Value::Null, 200, false),
        (Method::POST, "/api/logout", vec![("origin", &own)], Value::Null, 200, false),
        (
            Method::POST,
            "/api/logout",
            vec![
                ("origin", "https://auth.example"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "auth.example"),
                ("x-forwarded-port", "443"),
            ],
            Value::Null,
            200,
            false,
        ),
    ];
    for (method, path, headers, body, status, allowed) in rows {
        let answer = emulator.send(method.clone(), path, &headers, body).await;
        assert_eq!(answer.status, status, "{method} {path} {headers:?}");
        assert_eq!(cors(&answer), if allowed { ALLOWED.to_vec() } else { vec![] }, "{method} {path} {headers:?}");
        if status == 403 {
            assert_eq!((answer.header("content-type"), answer.text.as_str()), (Some("text/plain"), ""));
        }
    }
}

#[tokio::test]
async fn preflights() {
    let emulator = TestEmulator::start().await;
    let allowed = [
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "Accept,Authorization,Content-Type,X-FusionAuth-TenantId"),
        ("access-control-allow-methods", "POST"),
        ("access-control-allow-origin", STORE),
        ("access-control-max-age", "1800"),
        ("vary", "Origin"),
    ];
    // Origin, requested method, requested headers, whether the preflight passes.
    let rows = [
        (STORE, "POST", "content-type", true),
        (STORE, "POST", "CONTENT-TYPE, accept", true),
        (STORE, "POST", "", true),
        (STORE, "POST", "content-type, x-other", false),
        (STORE, "DELETE", "content-type", false),
        (STORE, "post", "content-type", false),
        (STORE, "", "content-type", false),
        ("http://evil.example", "POST", "content-type", false),
    ];
    for (origin, method, requested_headers, passes) in rows {
        let headers =
            [("origin", origin), ("access-control-request-method", method), ("access-control-request-headers", requested_headers)];
        let answer = emulator.send(Method::OPTIONS, "/api/login", &headers, Value::Null).await;
        assert_eq!(answer.status, if passes { 204 } else { 403 }, "{headers:?}");
        assert_eq!(cors(&answer), if passes { allowed.to_vec() } else { vec![] }, "{headers:?}");
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn any_origin_with_and_without_credentials_and_the_filter_off() {
    let emulator = TestEmulator::start().await;
    let origin = [("origin", "http://any.example")];
    configure(&emulator, json!({"allowedOrigins": ["*"]})).await;
    let echoed = emulator.send(Method::POST, "/api/logout", &origin, json!({})).await;
    assert_eq!(echoed.header("access-control-allow-origin"), Some("http://any.example"), "with credentials every site is allowed");
    assert_eq!(echoed.header("access-control-allow-credentials"), Some("true"));

    configure(&emulator, json!({"allowCredentials": false})).await;
    let literal = emulator.send(Method::POST, "/api/logout", &origin, json!({})).await;
    assert_eq!(literal.header("access-control-allow-origin"), Some("*"));
    assert_eq!((literal.header("access-control-allow-credentials"), literal.header("vary")), (None, None));

    configure(&emulator, json!({"enabled": false})).await;
    let off = emulator.send(Method::POST, "/api/logout", &origin, Value::Null).await;
    assert_eq!((off.status, cors(&off)), (200, vec![]), "the request is handled, but gets no CORS headers");
}
