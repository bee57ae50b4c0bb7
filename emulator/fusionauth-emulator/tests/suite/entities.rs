//! Entities: grants between them, and the client credentials grant.

use crate::test_emulator::{SHOPPER, TENANT, TestEmulator, TestResponse, claims};
use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};

const TYPE: &str = "50000000-0000-0000-0000-000000000001";
const TODO: &str = "50000000-0000-0000-0000-000000000002";
const MAIL: &str = "50000000-0000-0000-0000-000000000003";
const OTHER: &str = "50000000-0000-0000-0000-000000000004";
const SECRET: &str = "the-secret-of-todo";

/// Two APIs as FusionAuth's guide has them: the todo API may execute on the mail API.
async fn entities() -> TestEmulator {
    let emulator = TestEmulator::start().await;
    let permissions = json!([{"name": "execute", "isDefault": true}, {"name": "configure"}]);
    let entity = |name: &str| json!({"entity": {"name": name, "type": {"id": TYPE}}});
    let mut todo = entity("Todo API");
    todo["entity"]["clientSecret"] = json!(SECRET);
    for (path, body) in [
        (format!("/api/entity/type/{TYPE}"), json!({"entityType": {"name": "API", "permissions": permissions}})),
        (format!("/api/entity/type/{TYPE}/permission"), json!({"permission": {"name": "delete"}})),
        (format!("/api/entity/{TODO}"), todo),
        (format!("/api/entity/{MAIL}"), entity("Mail API")),
        (format!("/api/entity/{OTHER}"), entity("Other API")),
        (format!("/api/entity/{MAIL}/grant"), json!({"grant": {"recipientEntityId": TODO, "permissions": ["execute", "delete"]}})),
    ] {
        let answer = emulator.admin(Method::POST, &path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    emulator
}

async fn token(emulator: &TestEmulator, id: &str, secret: &str, scope: Option<&str>) -> TestResponse {
    let request = emulator.client.post(format!("{}/oauth2/token", emulator.url())).basic_auth(id, Some(secret));
    let form: Vec<_> = [("grant_type", "client_credentials")].into_iter().chain(scope.map(|it| ("scope", it))).collect();
    send(request, &form).await
}

async fn send(request: RequestBuilder, form: &[(&str, &str)]) -> TestResponse {
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    TestResponse::read(request.body(serde_urlencoded::to_string(form).unwrap()).send().await.unwrap()).await
}

#[tokio::test]
async fn an_entity_gets_a_token_with_its_permissions() {
    let emulator = entities().await;
    for (scope, permissions) in [
        (Some(format!("target-entity:{MAIL}")), json!(["execute", "delete"])),
        (Some(format!("target-entity:{MAIL}:delete")), json!(["delete"])),
        (None, Value::Null),
    ] {
        let answer = token(&emulator, TODO, SECRET, scope.as_deref()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        let expected = (json!("Bearer"), json!(300), json!(scope), Value::Null);
        assert_eq!((body["token_type"].clone(), body["expires_in"].clone(), body["scope"].clone(), body["userId"].clone()), expected);
        let claims = claims(&answer.member("access_token"));
        let audience = scope.as_ref().map_or(Value::Null, |_| json!(MAIL));
        assert_eq!((&claims["sub"], &claims["aud"], &claims["permissions"]), (&json!(TODO), &audience, &permissions));
        assert_eq!((&claims["tid"], &claims["scope"]), (&json!(TENANT), &json!(scope)));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    }
    let discovery = emulator.send(Method::GET, "/.well-known/openid-configuration", &[], Value::Null).await.json();
    assert!(discovery["grant_types_supported"].as_array().unwrap().contains(&json!("client_credentials")));

    // The type's settings of tokens take precedence over the tenant's.
    let configuration = json!({"entityType": {"jwtConfiguration": {"enabled": true, "timeToLiveInSeconds": 60}}});
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/entity/type/{TYPE}"), configuration).await.status, 200);
    assert_eq!(token(&emulator, TODO, SECRET, None).await.json()["expires_in"], json!(60));
}

#[tokio::test]
async fn one_token_is_for_several_entities() {
    let emulator = entities().await;
    let grant = json!({"grant": {"recipientEntityId": TODO, "permissions": ["configure"]}});
    assert_eq!(emulator.admin(Method::POST, &format!("/api/entity/{OTHER}/grant"), grant).await.status, 200);
    let scope = format!("target-entity:{MAIL}:execute target-entity:{OTHER}");
    let answer = token(&emulator, TODO, SECRET, Some(&scope)).await;
    assert_eq!((answer.status, &answer.json()["scope"]), (200, &json!(scope)), "{}", answer.text);
    let claims = claims(&answer.member("access_token"));
    assert_eq!((&claims["aud"], &claims["scope"]), (&json!([MAIL, OTHER]), &json!(scope)));
    assert_eq!(claims["permissions"], json!({MAIL: ["execute"], OTHER: ["configure"]}));
}

#[tokio::test]
async fn requests_without_a_grant_or_the_secret_are_refused() {
    let emulator = entities().await;
    let mail = format!("target-entity:{MAIL}");
    let rows = [
        (TODO, SECRET, format!("{mail}:execute,configure"), 400, "invalid_scope", "invalid_entity_permission_scope"),
        (TODO, SECRET, format!("target-entity:{OTHER}"), 400, "invalid_scope", "invalid_target_entity_scope"),
        (TODO, SECRET, format!("target-entity:{SHOPPER}"), 400, "invalid_scope", "invalid_target_entity_scope"),
        (TODO, SECRET, "openid".to_owned(), 400, "invalid_scope", "invalid_target_entity_scope"),
        (TODO, SECRET, format!("{mail} target-entity:{OTHER}"), 400, "invalid_scope", "invalid_target_entity_scope"),
        (TODO, SECRET, format!("{mail}:delete {mail}"), 400, "invalid_scope", "invalid_target_entity_scope"),
        (TODO, "wrong", mail.clone(), 401, "invalid_client", "invalid_client_authentication"),
        (SHOPPER, SECRET, mail.clone(), 401, "invalid_client", "invalid_client_id"),
    ];
    for (id, secret, scope, status, error, reason) in rows {
        let answer = token(&emulator, id, secret, Some(&scope)).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["error"], &body["error_reason"]), (status, &json!(error), &json!(reason)), "{id} {scope}");
    }
    let form = [("grant_type", "client_credentials"), ("client_id", TODO)];
    let answer = send(emulator.client.post(format!("{}/oauth2/token", emulator.url())), &form).await;
    assert_eq!((answer.status, answer.json()["error_reason"].clone()), (401, json!("missing_client_secret")));
    // A grant ends with its entity.
    assert_eq!(emulator.admin(Method::DELETE, &format!("/api/entity/{MAIL}"), Value::Null).await.status, 200);
    assert_eq!(token(&emulator, TODO, SECRET, Some(&mail)).await.status, 400);
}

#[tokio::test]
async fn grants_are_created_changed_found_and_revoked() {
    let emulator = entities().await;
    let path = format!("/api/entity/{MAIL}/grant");
    let of_todo = format!("{path}?recipientEntityId={TODO}");
    let grant = async || emulator.admin(Method::GET, &of_todo, Value::Null).await.json()["grant"].clone();
    let first = grant().await;
    assert_eq!((&first["entity"]["name"], &first["recipientEntityId"]), (&json!("Mail API"), &json!(TODO)));
    assert!(
        first["entity"]["clientId"] == json!(MAIL) && first["entity"]["clientSecret"].is_null() && first["userId"].is_null(),
        "{first}"
    );

    // The same recipient again changes the grant; without permissions it gets the default ones.
    for body in [json!({"recipientEntityId": TODO}), json!({"userId": SHOPPER, "permissions": ["configure"], "data": {"note": "x"}})] {
        let answer = emulator.admin(Method::PUT, &path, json!({"grant": body})).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""));
    }
    let second = grant().await;
    assert_eq!((&second["id"], &second["permissions"]), (&first["id"], &json!(["execute"])));
    let all = emulator.admin(Method::GET, &path, Value::Null).await.json()["grants"].clone();
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
    for (query, total) in [(format!("userId={SHOPPER}"), 1), (format!("entityId={OTHER}"), 0), ("name=mail".to_owned(), 2)] {
        let found = emulator.admin(Method::GET, &format!("/api/entity/grant/search?{query}"), Value::Null).await.json();
        assert_eq!(found["total"], json!(total), "{query}");
    }
    let search = json!({"search": {"userId": SHOPPER, "entityId": MAIL}});
    let found = emulator.admin(Method::POST, "/api/entity/grant/search", search).await.json();
    assert_eq!((&found["total"], &found["grants"][0]["data"]["note"]), (&json!(1), &json!("x")));

    let refused = [
        (json!({"recipientEntityId": TODO, "permissions": ["unknown"]}), "[invalid]grant.permissions"),
        (json!({"recipientEntityId": SHOPPER}), "[invalid]grant.recipientEntityId"),
        (json!({"userId": TODO}), "[invalid]grant.userId"),
        (json!({"permissions": []}), "[missing]grant.recipientEntityId"),
    ];
    for (body, code) in refused {
        let answer = emulator.admin(Method::POST, &path, json!({"grant": body})).await;
        assert_eq!((answer.status, answer.codes()[0].1.as_str()), (400, code));
    }
    assert_eq!(emulator.admin(Method::DELETE, &of_todo, Value::Null).await.status, 200);
    assert_eq!(emulator.admin(Method::DELETE, &of_todo, Value::Null).await.status, 404);
    assert_eq!(token(&emulator, TODO, SECRET, Some(&format!("target-entity:{MAIL}"))).await.status, 400);
}

#[tokio::test]
async fn an_entity_keeps_its_secret_and_gets_one_if_it_has_none() {
    let emulator = entities().await;
    let path = format!("/api/entity/{TODO}");
    let entity = async |path: &str| emulator.admin(Method::GET, path, Value::Null).await.json()["entity"].clone();
    assert_eq!(entity(&path).await["clientSecret"], json!(SECRET));
    let renamed = emulator.admin(Method::PUT, &path, json!({"entity": {"name": "Renamed"}})).await.json()["entity"].clone();
    assert_eq!((&renamed["clientId"], &renamed["clientSecret"]), (&json!(TODO), &json!(SECRET)));
    assert!(entity(&format!("/api/entity/{MAIL}")).await["clientSecret"].as_str().unwrap().len() > 20);
}
