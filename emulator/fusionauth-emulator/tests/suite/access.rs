//! What an API key permits, and the tenant to which the key or the header `X-FusionAuth-TenantId` limits a request. Sources:
//! <https://fusionauth.io/docs/apis/authentication>, <https://fusionauth.io/docs/apis/api-keys> and, for the names of endpoints,
//! <https://github.com/FusionAuth/terraform-provider-fusionauth> (`resource_fusionauth_api_key.go`).

use crate::test_emulator::{API_KEY, PASSWORD, SHOPPER, START_MS, STORE, TENANT, TestEmulator, TestResponse};
use fusionauth_emulator::{Config, Kickstart};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) const OTHER: &str = "30000000-0000-0000-0000-00000000000b";
pub(crate) const NOWHERE: &str = "30000000-0000-0000-0000-00000000dead";

/// Creates an API key with these limits, and returns it.
pub(crate) async fn key(emulator: &TestEmulator, limits: Value) -> String {
    let answer = emulator.admin(Method::POST, "/api/api-key", json!({ "apiKey": limits })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["apiKey"]["key"].as_str().unwrap().to_owned()
}

async fn with_key(emulator: &TestEmulator, key: &str, method: &str, path: &str, body: Value) -> TestResponse {
    emulator.send(method.parse().unwrap(), path, &[("authorization", key)], body).await
}

pub(crate) async fn with_two_tenants() -> TestEmulator {
    let emulator = TestEmulator::start().await;
    let created = emulator.admin(Method::POST, &format!("/api/tenant/{OTHER}"), json!({"tenant": {"name": "Other"}})).await;
    assert_eq!(created.status, 200, "{}", created.text);
    emulator
}

#[tokio::test]
async fn another_tenants_objects_are_not_found() {
    let emulator = with_two_tenants().await;
    let tenant_key = key(&emulator, json!({"tenantId": OTHER})).await;
    let session = emulator.login("shopper@example.com").await.member("refreshTokenId");
    let requests = [
        ("GET", format!("/api/user/{SHOPPER}"), Value::Null),
        ("GET", format!("/api/user?userId={SHOPPER}"), Value::Null),
        ("PATCH", format!("/api/user/{SHOPPER}"), json!({"user": {"firstName": "Changed"}})),
        ("PUT", format!("/api/user/{SHOPPER}"), json!({"user": {"email": "changed@example.com"}})),
        ("DELETE", format!("/api/user/{SHOPPER}?hardDelete=true"), Value::Null),
        ("DELETE", format!("/api/user/{}?hardDelete=true", SHOPPER.replacen('0', "%30", 1)), Value::Null),
        ("DELETE", format!("/api/application/{STORE}?hardDelete=true"), Value::Null),
        ("POST", format!("/api/application/{STORE}/role"), json!({"role": {"name": "thief"}})),
        ("DELETE", format!("/api/user/registration/{SHOPPER}/{STORE}"), Value::Null),
        ("DELETE", format!("/api/jwt/refresh/{session}"), Value::Null),
        ("DELETE", format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null),
        ("GET", format!("/api/tenant/{TENANT}"), Value::Null),
        ("DELETE", format!("/api/tenant/{TENANT}"), Value::Null),
    ];
    for (method, path, body) in requests {
        for headers in [&[("authorization", API_KEY), ("x-fusionauth-tenantid", OTHER)][..], &[("authorization", &tenant_key)]] {
            let answer = emulator.send(method.parse().unwrap(), &path, headers, body.clone()).await;
            assert_eq!((answer.status, answer.text.as_str()), (404, ""), "{method} {path}");
        }
        for unknown in [NOWHERE, "no-uuid", ""] {
            let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", unknown)];
            let answer = emulator.send(method.parse().unwrap(), &path, &headers, body.clone()).await;
            assert_eq!((answer.status, answer.codes()), (400, vec![(String::new(), "[TenantIdRequired]".to_owned())]), "{method} {path}");
        }
    }
    let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", TENANT)];
    let user = emulator.send(Method::GET, &format!("/api/user/{SHOPPER}"), &headers, Value::Null).await.json()["user"].clone();
    assert_eq!((&user["email"], &user["registrations"][0]["applicationId"]), (&json!("shopper@example.com"), &json!(STORE)));
    assert_eq!(with_key(&emulator, API_KEY, "GET", &format!("/api/jwt/refresh/{session}"), Value::Null).await.status, 200);
}

#[tokio::test]
async fn another_tenants_ids_in_a_body_are_refused() {
    let emulator = with_two_tenants().await;
    let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", OTHER)];
    let group = emulator.send(Method::POST, "/api/group", &headers, json!({"group": {"name": "Staff"}})).await.json();
    let group = group["group"]["id"].as_str().unwrap();
    let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let requests = [
        ("/api/login", login, "applicationId".to_owned()),
        ("/api/two-factor/start", json!({"userId": SHOPPER}), "userId".to_owned()),
        ("/api/group/member", json!({"members": {group: [{"userId": SHOPPER}]}}), format!("members.{group}[0].userId")),
        (
            "/api/user/registration",
            json!({"user": {"email": "a@b.test", "password": PASSWORD}, "registration": {"applicationId": STORE}}),
            "registration.applicationId".to_owned(),
        ),
    ];
    for (path, body, field) in requests {
        let answer = emulator.send(Method::POST, path, &headers, body).await;
        assert_eq!(answer.codes(), [(field.clone(), format!("[invalid]{field}"))], "{path}");
    }
    let custom = json!({"user": {"email": "a@b.test", "password": PASSWORD, "data": {"friend": SHOPPER}}});
    assert_eq!(emulator.send(Method::POST, "/api/user", &headers, custom).await.status, 200);
    // The id of a new object must be unique in all tenants.
    let taken = json!({"user": {"email": "b@b.test", "password": PASSWORD}});
    assert_eq!(emulator.send(Method::POST, &format!("/api/user/{SHOPPER}"), &headers, taken).await.status, 400);
}

#[tokio::test]
async fn lists_and_searches_show_one_tenant() {
    let emulator = with_two_tenants().await;
    let tenant_key = key(&emulator, json!({"tenantId": OTHER})).await;
    for (path, body) in [("/api/group", json!({"group": {"name": "Staff"}})), ("/api/entity", json!({"entity": {"name": "E", "type": {}}}))]
    {
        assert_eq!(
            emulator.send(Method::POST, path, &[("authorization", API_KEY), ("x-fusionauth-tenantid", TENANT)], body).await.status,
            200
        );
    }
    for (path, members) in [
        ("/api/application", "applications"),
        ("/api/group", "groups"),
        ("/api/entity/search", "entities"),
        ("/api/user/search?queryString=*", "users"),
    ] {
        let all = emulator.admin(Method::GET, path, Value::Null).await.json()[members].as_array().unwrap().len();
        let own = with_key(&emulator, &tenant_key, "GET", path, Value::Null).await.json()[members].as_array().unwrap().len();
        assert!(all > 0 && own == 0, "{path}: {all} {own}");
    }
    // "Requests made using an API key scoped to a specific tenant, or containing the header, will fail with a 401"
    let search = json!({"search": {"name": "*"}});
    assert_eq!(with_key(&emulator, &tenant_key, "POST", "/api/tenant/search", search.clone()).await.status, 401);
    let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", TENANT)];
    assert_eq!(emulator.send(Method::POST, "/api/tenant/search", &headers, search).await.status, 401);
    // A tenant's key creates the tenant's objects, and is no credential for another tenant.
    let created = with_key(&emulator, &tenant_key, "POST", "/api/group", json!({"group": {"name": "Staff"}})).await;
    assert_eq!(created.json()["group"]["tenantId"], json!(OTHER));
    let headers = [("authorization", tenant_key.as_str()), ("x-fusionauth-tenantid", TENANT)];
    assert_eq!(emulator.send(Method::GET, "/api/group", &headers, Value::Null).await.status, 401);
}

#[tokio::test]
async fn a_key_permits_its_endpoints_and_methods() {
    let emulator = TestEmulator::start().await;
    let endpoints = json!({"/api/user": ["GET"], "/api/user/registration": ["GET", "DELETE"], "/api/application/role": ["POST"]});
    let limited = key(&emulator, json!({"permissions": {"endpoints": &endpoints}})).await;
    let rows = [
        ("GET", format!("/api/user/{SHOPPER}"), 200),
        ("GET", "/api/user?email=shopper@example.com".to_owned(), 200),
        ("DELETE", format!("/api/user/{SHOPPER}?hardDelete=true"), 401),
        ("GET", "/api/user/search?queryString=*".to_owned(), 401),
        ("GET", format!("/api/user/registration/{SHOPPER}/{STORE}"), 200),
        ("POST", format!("/api/user/registration/{SHOPPER}"), 401),
        ("GET", format!("/api/application/{STORE}"), 401),
        ("POST", format!("/api/application/{STORE}/role"), 400),
        ("GET", "/api/api-key/x".to_owned(), 401),
        // An endpoint that needs no key does not look at it.
        ("GET", "/api/status".to_owned(), 200),
    ];
    for (method, path, status) in rows {
        assert_eq!(with_key(&emulator, &limited, method, &path, Value::Null).await.status, status, "{method} {path}");
    }
    for limits in [json!({}), json!({"permissions": {}}), json!({"permissions": {"endpoints": {}}})] {
        let unlimited = key(&emulator, limits.clone()).await;
        assert_eq!(with_key(&emulator, &unlimited, "GET", "/api/tenant", Value::Null).await.status, 200, "{limits}");
        assert_eq!(with_key(&emulator, &unlimited, "POST", "/api/api-key", json!({"apiKey": {}})).await.status, 401, "not a key manager");
    }
    // A copy of a key has its permissions, and a key of its own (https://fusionauth.io/docs/apis/api-keys).
    let shown = emulator.admin(Method::POST, "/api/api-key", json!({"apiKey": {"permissions": {"endpoints": endpoints}}})).await.json();
    let body = json!({"apiKey": {}, "sourceKeyId": shown["apiKey"]["id"]});
    let copy = emulator.admin(Method::POST, "/api/api-key", body.clone()).await.json()["apiKey"].clone();
    assert_eq!(copy["permissions"]["endpoints"], endpoints);
    assert_ne!((&copy["key"], &copy["id"]), (&shown["apiKey"]["key"], &shown["apiKey"]["id"]));
    let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", TENANT)];
    assert_eq!(emulator.send(Method::POST, "/api/api-key", &headers, body).await.codes()[0].0, "sourceKeyId", "no key of this tenant");
    let wrong = [
        (json!({"permissions": {"endpoints": {"/api/user": ["LIST"]}}}), "apiKey.permissions.endpoints./api/user[0]"),
        (json!({"permissions": "all"}), "apiKey.permissions"),
        (json!({"tenantId": NOWHERE}), "apiKey.tenantId"),
    ];
    for (limits, field) in wrong {
        let answer = emulator.admin(Method::POST, "/api/api-key", json!({ "apiKey": limits })).await;
        assert_eq!((answer.status, answer.codes()[0].0.as_str()), (400, field), "{}", answer.text);
    }
}

#[tokio::test]
async fn an_expired_key_is_no_credential() {
    let emulator = TestEmulator::start().await;
    let expiring = key(&emulator, json!({"expirationInstant": START_MS + 10_000})).await;
    assert_eq!(with_key(&emulator, &expiring, "GET", "/api/tenant", Value::Null).await.status, 200);
    emulator.advance_seconds(10);
    assert_eq!(with_key(&emulator, &expiring, "GET", "/api/tenant", Value::Null).await.status, 401);
}

#[tokio::test]
async fn the_limits_of_a_kickstarts_keys_apply() {
    let kickstart = json!({
        "variables": {"defaultTenantId": TENANT, "application": "/api/application"},
        "apiKeys": [
            {"key": "first"},
            {"key": "reader", "permissions": {"endpoints": {"#{application}": ["GET"]}}},
            {"key": "manager", "keyManager": true},
            {"key": "tenants", "tenantId": "#{FUSIONAUTH_TENANT_ID}"},
        ],
    });
    let emulator = TestEmulator::start_with(Config::from(Kickstart::Json(kickstart.to_string()))).await;
    let rows = [
        ("first", "GET", "/api/tenant", 200),
        ("first", "POST", "/api/api-key", 401),
        ("reader", "GET", "/api/application", 200),
        ("reader", "GET", "/api/tenant", 401),
        ("manager", "POST", "/api/api-key", 200),
        ("tenants", "GET", "/api/application", 200),
        ("tenants", "POST", "/api/tenant/search", 401),
    ];
    for (key, method, path, status) in rows {
        let body = if method == "POST" { json!({"apiKey": {}}) } else { Value::Null };
        assert_eq!(with_key(&emulator, key, method, path, body).await.status, status, "{key} {method} {path}");
    }
}
