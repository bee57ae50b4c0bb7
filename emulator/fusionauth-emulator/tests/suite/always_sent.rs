//! Members that a real FusionAuth always sends, from `always_sent.txt`.

use crate::test_emulator::{PASSWORD, client, send};
use fusionauth_emulator::{Emulator, Kickstart};
use reqwest::Method;
use serde_json::{Value, json};

const KEY: &str = "a-key";

async fn call(emulator: &Emulator, method: Method, path: &str, body: Value) -> Value {
    let answer = send(&client(), method, &format!("{}{path}", emulator.base_url()), &[("authorization", KEY)], body).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.json()
}

#[tokio::test]
async fn new_resources_have_the_members_that_fusionauth_always_sends() {
    let emulator = Emulator::start(Kickstart::Json(json!({"apiKeys": [{"key": KEY, "keyManager": true}]}).to_string())).await.unwrap();
    let get = async |path: String| call(&emulator, Method::GET, &path, Value::Null).await;
    let id = |resource: &Value| resource["id"].as_str().unwrap().to_owned();
    let application = call(
        &emulator,
        Method::POST,
        "/api/application",
        json!({"application": {"name": "App", "roles": [{"name": "reader"}]}}),
    )
    .await["application"]
        .clone();
    let application = id(&application);
    let user = |email: &str| json!({"email": email, "password": PASSWORD});
    let created = call(&emulator, Method::POST, "/api/user", json!({"user": user("a@example.com")})).await["user"].clone();
    let registration = json!({"user": user("b@example.com"), "registration": {"applicationId": application}});
    let registered = call(&emulator, Method::POST, "/api/user/registration", registration).await["user"].clone();
    let tenant = get("/api/tenant".to_owned()).await["tenants"][0].clone();

    let create = async |path: &str, body: Value| {
        let member = body.as_object().unwrap().keys().next().unwrap().clone();
        call(&emulator, Method::POST, path, body).await[&member].clone()
    };
    let user_action = create("/api/user-action", json!({"userAction": {"name": "Ban", "preventLogin": true}})).await;
    let taken = json!({"actioneeUserId": id(&created), "actionerUserId": id(&created), "userActionId": id(&user_action)});
    let entity_type = create("/api/entity/type", json!({"entityType": {"name": "Device"}})).await;
    let permission = create(&format!("/api/entity/type/{}/permission", id(&entity_type)), json!({"permission": {"name": "read"}})).await;
    let renewing = json!({"application": {"name": "Renewing", "loginConfiguration": {"generateRefreshTokens": true}}});
    let renewing = id(&create("/api/application", renewing).await);
    let registration = json!({"registration": {"applicationId": renewing}});
    call(&emulator, Method::POST, &format!("/api/user/registration/{}", id(&registered)), registration).await;
    let login = json!({"applicationId": renewing, "loginId": "b@example.com", "password": PASSWORD});
    let session = call(&emulator, Method::POST, "/api/login", login).await["refreshTokenId"].as_str().unwrap().to_owned();

    let answers = json!({
        "action": create("/api/user/action", json!({"action": taken})).await,
        "apiKey": create("/api/api-key", json!({"apiKey": {}})).await,
        "emailTemplate": create("/api/email/template", json!({"emailTemplate": {"name": "Mail", "defaultSubject": "S"}})).await,
        "entity": create("/api/entity", json!({"entity": {"name": "Lamp", "type": {"id": id(&entity_type)}}})).await,
        "entityType": entity_type,
        "group": create("/api/group", json!({"group": {"name": "Group"}})).await,
        "integrations": get("/api/integration".to_owned()).await["integrations"],
        "messageTemplate": create("/api/message/template", json!({"messageTemplate": {"name": "Text"}})).await,
        "permission": permission,
        "refreshToken": get(format!("/api/jwt/refresh/{session}")).await["refreshToken"],
        "scope": create(&format!("/api/application/{application}/scope"), json!({"scope": {"name": "all"}})).await,
        "systemConfiguration": get("/api/system-configuration".to_owned()).await["systemConfiguration"],
        "userAction": user_action,
        "webhook": create("/api/webhook", json!({"webhook": {"url": "http://localhost:1/"}})).await,
        "application": get(format!("/api/application/{application}")).await["application"],
        "registration": get(format!("/api/user/registration/{}/{application}", id(&registered))).await["registration"],
        "tenant": get(format!("/api/tenant/{}", id(&tenant))).await["tenant"],
        "user": get(format!("/api/user/{}", id(&created))).await["user"],
    });
    let mut wrong = Vec::new();
    for line in include_str!("always_sent.txt").lines().filter(|it| !it.starts_with('#')) {
        let (path, expected) = line.split_once(' ').unwrap();
        let sent = answers.pointer(&format!("/{}", path.replace('.', "/"))).filter(|it| !it.is_null());
        let is_right = sent.is_some_and(|it| expected == "*" || *it == serde_json::from_str::<Value>(expected).unwrap());
        if !is_right {
            wrong.push(format!("{line}, but the emulator sends {sent:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
