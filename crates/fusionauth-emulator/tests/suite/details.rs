//! Tests for rows of `specification_rows.txt` that fit into no other file.

use crate::specification_rows::covers;
use crate::test_emulator::{PASSWORD, SHOPPER, STORE, TENANT, TestEmulator};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn names_are_looked_for_as_asked() {
    covers(&["3 field loginIdTypes", "3 field loginId"]);
    let emulator = TestEmulator::start().await;
    let user = |username: &str, email: &str, phone: &str| json!({"skipVerification": true, "user": {"username": username, "email": email, "phoneNumber": phone, "password": PASSWORD}});
    // The user name of the first user is the email of the second.
    for body in [user("b@example.com", "a@example.com", "+12025550101"), user("b", "b@example.com", "+12025550102")] {
        assert_eq!(emulator.admin(Method::POST, "/api/user", body).await.status, 200);
    }
    // Login id, login id types, the email of the account that the login finds.
    let rows = [
        ("b@example.com", json!(null), Some("b@example.com")),
        ("b@example.com", json!(["email", "username"]), Some("b@example.com")),
        ("b@example.com", json!(["username", "email"]), Some("a@example.com")),
        ("b@example.com", json!(["username"]), Some("a@example.com")),
        ("a@example.com", json!(["username"]), None),
        ("+12025550101", json!(["phoneNumber"]), Some("a@example.com")),
        ("(202) 555-0102", json!(["phoneNumber"]), Some("b@example.com")),
        ("+12025550101", json!(null), None),
        ("b ", json!(["username"]), None),
    ];
    for (name, kinds, owner) in rows {
        let answer = emulator
            .post("/api/login", json!({"applicationId": STORE, "loginId": name, "loginIdTypes": kinds, "password": PASSWORD}))
            .await;
        let email = answer.json()["user"]["email"].as_str().map(str::to_owned);
        assert_eq!((answer.status, email.as_deref()), (if owner.is_some() { 202 } else { 404 }, owner), "{name} {kinds}");
    }
    let wrong = json!({"applicationId": STORE, "loginId": "b", "loginIdTypes": ["nickname"], "password": PASSWORD});
    assert_eq!(emulator.post("/api/login", wrong).await.status, 400);
}

#[tokio::test]
async fn what_describes_a_device_is_kept_and_the_rest_accepted() {
    covers(&[
        "3 field metaData.device",
        "3 field ipAddress newDevice eventInfo botDetectionScore",
        "5.4 GET /api/jwt/refresh",
        "5.1 input token",
    ]);
    let emulator = TestEmulator::start().await;
    let device = json!({"device": {"name": "Web", "description": "Firefox", "type": "BROWSER"}});
    let answer = emulator
        .post(
            "/api/login",
            json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD, "metaData": device, "ipAddress": "192.0.2.1",
                "newDevice": true, "eventInfo": {"userAgent": "x"}, "botDetectionScore": 0.5}),
        )
        .await;
    assert_eq!(answer.status, 200);
    let id = answer.member("refreshTokenId");
    let one = emulator.admin(Method::GET, &format!("/api/jwt/refresh/{id}"), Value::Null).await.json()["refreshToken"].clone();
    assert_eq!((&one["metaData"], &one["userId"], &one["applicationId"]), (&device, &json!(SHOPPER), &json!(STORE)));
    assert_eq!(emulator.admin(Method::GET, "/api/jwt/refresh/none", Value::Null).await.status, 404);
    assert_eq!(emulator.admin(Method::GET, "/api/jwt/refresh?userId=", Value::Null).await.status, 400);
    let old = json!({"refreshToken": answer.member("refreshToken"), "token": "no.valid.token"});
    assert_eq!(emulator.post("/api/jwt/refresh", old).await.status, 200, "the access token need not be valid");
}

#[tokio::test]
async fn the_tenant_is_named_or_clear() {
    covers(&["2 header X-FusionAuth-TenantId", "8 codes tenant and trust"]);
    let emulator = TestEmulator::start().await;
    let body = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let forgot = json!({"loginId": "shopper@example.com"});
    let send = async |path: &str, tenant: &str, body: &Value| {
        emulator.send(Method::POST, path, &[("x-fusionauth-tenantid", tenant)], body.clone()).await
    };
    assert_eq!(send("/api/login", TENANT, &body).await.status, 200);
    assert_eq!(send("/api/login", STORE, &body).await.codes(), [(String::new(), "[TenantIdRequired]".to_owned())]);
    assert_eq!(send("/api/user/forgot-password", TENANT, &forgot).await.status, 200);
    for wrong in [STORE, "no-uuid", ""] {
        let answer = send("/api/user/forgot-password", wrong, &forgot).await;
        assert_eq!(answer.codes(), [(String::new(), "[TenantIdRequired]".to_owned())], "{wrong}");
    }
}

#[tokio::test]
async fn discovery_names_the_endpoints() {
    covers(&["5.4 GET /.well-known/openid-configuration"]);
    let emulator = TestEmulator::start().await;
    let host = [("host", "auth.spa-local-storage.localhost:9011")];
    for path in [
        "/.well-known/openid-configuration".to_owned(),
        format!("/{TENANT}/.well-known/openid-configuration"),
        format!("/.well-known/openid-configuration?tenantId={STORE}"),
    ] {
        let answer = emulator.send(Method::GET, &path, &host, Value::Null).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["issuer"]), (200, &json!("storefront.example")), "{path}");
        assert_eq!(body["jwks_uri"], json!("http://auth.spa-local-storage.localhost:9011/.well-known/jwks.json"));
        assert_eq!(body["token_endpoint_auth_methods_supported"], json!(["client_secret_basic", "client_secret_post", "none"]));
        for (name, url) in body.as_object().unwrap().iter().filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri") {
            let path = url.as_str().unwrap().strip_prefix("http://auth.spa-local-storage.localhost:9011").unwrap();
            for method in [Method::GET, Method::POST] {
                assert_ne!(emulator.send(method, path, &[], Value::Null).await.status, 501, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn registrations_are_validated() {
    covers(&["7 POST /api/user/registration", "8 codes user"]);
    let emulator = TestEmulator::start().await;
    let path = "/api/user/registration";
    let register = |user: Value, registration: Value| json!({"user": user, "registration": registration});
    let (store, good) = (json!({"applicationId": STORE}), json!({"email": "new@example.com", "password": PASSWORD}));
    let rows = [
        (register(json!({"email": "SHOPPER@example.com", "password": PASSWORD}), store.clone()), "user.email", "[duplicate]user.email"),
        (register(json!({"password": PASSWORD}), store.clone()), "user.email", "[blank]user.email"),
        (register(json!({"email": " ", "password": PASSWORD}), store.clone()), "user.email", "[blank]user.email"),
        (register(json!({"email": "nobody", "password": PASSWORD}), store.clone()), "user.email", "[notEmail]user.email"),
        (register(json!({"email": "a b@example.com", "password": PASSWORD}), store.clone()), "user.email", "[notEmail]user.email"),
        (register(json!({"email": "new@example.com"}), store.clone()), "user.password", "[blank]user.password"),
        (register(good.clone(), json!({"applicationId": SHOPPER})), "registration.applicationId", "[invalid]registration.applicationId"),
        (register(good.clone(), json!({})), "registration.applicationId", "[invalid]registration.applicationId"),
        (register(good.clone(), json!({"applicationId": STORE, "roles": ["king"]})), "registration.roles", "[invalid]registration.roles"),
        (json!({"registration": store}), "user", "[missing]user"),
    ];
    for (body, field, code) in rows {
        let answer = emulator.admin(Method::POST, path, body.clone()).await;
        assert_eq!((answer.status, answer.codes()), (400, vec![(field.to_owned(), code.to_owned())]), "{body}");
        assert_eq!(emulator.login("new@example.com").await.status, 404, "a refused registration must leave no user: {body}");
    }
    assert_eq!(emulator.post(path, register(good.clone(), store.clone())).await.status, 401);
    let unknown = emulator.admin(Method::POST, &format!("{path}/{STORE}"), json!({"registration": store})).await;
    assert_eq!(unknown.status, 404);
    let body = json!({"user": good, "registration": store, "skipVerification": true});
    let made = emulator.admin(Method::POST, path, body).await;
    let members: Vec<_> = made.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!((made.status, members), (200, ["registration", "token", "tokenExpirationInstant", "user"].map(str::to_owned).to_vec()));
    assert_eq!(emulator.login("new@example.com").await.status, 200);
}
