//! Members that a real FusionAuth always sends, from `always_sent.txt`.

use crate::test_emulator::{PASSWORD, client};
use fusionauth_emulator::{Emulator, Kickstart};
use reqwest::Method;
use serde_json::{Value, json};

const KEY: &str = "a-key";

async fn call(emulator: &Emulator, method: Method, path: &str, body: Value) -> Value {
    let request = client().request(method, format!("{}{path}", emulator.base_url())).header("authorization", KEY);
    let request = if body.is_null() { request } else { request.json(&body) };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn new_resources_have_the_members_that_fusionauth_always_sends() {
    let emulator = Emulator::start(Kickstart::Json(json!({"apiKeys": [{"key": KEY}]}).to_string())).await.unwrap();
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

    let answers = json!({
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
