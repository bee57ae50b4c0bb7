//! Events that webhooks receive (<https://fusionauth.io/docs/extend/events-and-webhooks/events/>).

use crate::test_emulator::{API_KEY, HANG_GUARD, PASSWORD, SHOPPER, START_MS, STORE, TENANT, TestEmulator, client, config, send};
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use fusionauth_emulator::{Config, Emulator, Kickstart};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

const KEY: &str = "a-key";
const APPLICATION: &str = "a1000000-0000-4000-8000-000000000001";
const USER: &str = "a1000000-0000-4000-8000-000000000002";

/// Deliveries with their headers.
type Deliveries = UnboundedReceiver<(HeaderMap, Value)>;

/// A server that receives deliveries, and its URL.
async fn receiver() -> (String, Deliveries) {
    let (sender, deliveries) = unbounded_channel();
    let keep = async move |headers: HeaderMap, Json(body): Json<Value>| sender.send((headers, body)).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/events", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", post(keep))).await });
    (url, deliveries)
}

/// The event of the next delivery.
async fn event(deliveries: &mut Deliveries) -> Value {
    tokio::time::timeout(HANG_GUARD, deliveries.recv()).await.expect("an event is missing").unwrap().1["event"].take()
}

/// The next events, by their kinds, in which there must be `kinds` and no others. Deliveries overtake each other.
async fn next(deliveries: &mut Deliveries, kinds: &[&str]) -> BTreeMap<String, Value> {
    let mut received = BTreeMap::new();
    for _ in kinds {
        let event = event(deliveries).await;
        assert!(event["createInstant"].is_i64() && event["id"].is_string(), "{event}");
        received.insert(event["type"].as_str().unwrap().to_owned(), event);
    }
    assert_eq!(received.keys().map(String::as_str).collect::<Vec<_>>(), kinds);
    received
}

#[tokio::test]
async fn webhooks_receive_the_events_of_a_user_s_life() {
    let (url, mut events) = receiver().await;
    let kinds = [
        "kickstart.success",
        "user.create",
        "user.create.complete",
        "user.delete.complete",
        "user.email.verified",
        "user.login.failed",
        "user.login.success",
        "user.reactivate",
        "user.registration.create",
        "user.registration.create.complete",
        "user.registration.delete",
        "user.registration.delete.complete",
        "user.registration.update",
        "user.registration.update.complete",
        "user.update",
        "user.update.complete",
    ];
    let enabled: BTreeMap<&str, bool> = kinds.map(|it| (it, true)).into();
    let kickstart = json!({"apiKeys": [{"key": KEY}], "requests": [
        {"method": "POST", "url": format!("/api/application/{APPLICATION}"), "body": {"application": {"name": "App"}}},
        {"method": "POST", "url": "/api/webhook", "body": {"webhook": {"url": url, "eventsEnabled": enabled, "global": true}}},
        {"method": "PATCH", "url": "/api/tenant/#{FUSIONAUTH_TENANT_ID}", "body": {"tenant": {"emailConfiguration": {"verifyEmail": true}}}},
    ]});
    let emulator = Emulator::start(Kickstart::Json(kickstart.to_string())).await.unwrap();
    let call = async |method: Method, path: &str, body: Value| {
        send(&client(), method, &format!("{}{path}", emulator.base_url()), &[("authorization", KEY)], body).await.status
    };
    // https://fusionauth.io/docs/get-started/download-and-install/development/kickstart recommends to wait for this event.
    let ready = next(&mut events, &["kickstart.success"]).await;
    assert!(ready["kickstart.success"]["instanceId"].is_string(), "{ready:?}");

    let user = json!({"user": {"email": "ann@example.com", "password": PASSWORD}});
    assert_eq!(call(Method::POST, &format!("/api/user/{USER}"), user).await, 200);
    let created = next(&mut events, &["user.create", "user.create.complete"]).await;
    assert_eq!((&created["user.create"]["user"]["id"], &created["user.create"]["user"]["password"]), (&json!(USER), &Value::Null));

    let of_registration = format!("/api/user/registration/{USER}");
    let registration = json!({"registration": {"applicationId": APPLICATION}});
    assert_eq!(call(Method::POST, &of_registration, registration.clone()).await, 200);
    let registered = next(&mut events, &["user.registration.create", "user.registration.create.complete"]).await;
    assert_eq!(registered["user.registration.create"]["applicationId"], json!(APPLICATION));
    assert_eq!(call(Method::PUT, &of_registration, registration).await, 200);
    next(&mut events, &["user.registration.update", "user.registration.update.complete"]).await;

    let mut login = json!({"applicationId": APPLICATION, "loginId": "ann@example.com", "password": "wrong"});
    assert_eq!(call(Method::POST, "/api/login", login.clone()).await, 404);
    assert_eq!(next(&mut events, &["user.login.failed"]).await["user.login.failed"]["applicationId"], json!(APPLICATION));
    login["password"] = json!(PASSWORD);
    assert_eq!(call(Method::POST, "/api/login", login).await, 212);
    assert_eq!(next(&mut events, &["user.login.success"]).await["user.login.success"]["authenticationType"], json!("PASSWORD"));
    assert_eq!(call(Method::POST, "/api/user/verify-email", json!({"userId": USER})).await, 200);
    next(&mut events, &["user.email.verified"]).await;

    let path = format!("/api/user/{USER}");
    assert_eq!(call(Method::PATCH, &path, json!({"user": {"firstName": "Ann"}})).await, 200);
    let updated = next(&mut events, &["user.update", "user.update.complete"]).await;
    assert_eq!(
        (&updated["user.update"]["user"]["firstName"], &updated["user.update"]["original"]["firstName"]),
        (&json!("Ann"), &Value::Null)
    );
    assert_eq!(call(Method::DELETE, &path, Value::Null).await, 200);
    assert_eq!(call(Method::PUT, &format!("{path}?reactivate=true"), json!({})).await, 200);
    next(&mut events, &["user.reactivate"]).await;
    assert_eq!(call(Method::DELETE, &format!("{of_registration}/{APPLICATION}"), Value::Null).await, 200);
    next(&mut events, &["user.registration.delete", "user.registration.delete.complete"]).await;
    assert_eq!(call(Method::DELETE, &format!("{path}?hardDelete=true"), Value::Null).await, 200);
    next(&mut events, &["user.delete.complete"]).await;
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// The members of <https://fusionauth.io/docs/apis/webhooks>, and the payloads of <https://fusionauth.io/docs/extend/events-and-webhooks/events/>.
#[tokio::test]
async fn a_delivery_has_the_settings_of_its_webhook_and_the_members_of_its_event() {
    let (url, mut deliveries) = receiver().await;
    let emulator = TestEmulator::start().await;
    let key = json!({"key": {"algorithm": "HS256", "name": "Webhooks"}});
    let key = emulator.admin(Method::POST, "/api/key/generate", key).await.json()["key"].clone();
    let elliptic = json!({"key": {"algorithm": "ES256", "name": "Elliptic"}});
    let elliptic = emulator.admin(Method::POST, "/api/key/generate", elliptic).await.json()["key"]["id"].clone();
    let create = async |key: &Value| {
        let webhook = json!({
            "url": url, "tenantIds": [TENANT], "headers": {"X-Shop": "one"},
            "eventsEnabled": {"user.login.success": true, "jwt.refresh-token.revoke": true, "user.delete.complete": true},
            "httpAuthenticationUsername": "name", "httpAuthenticationPassword": "word",
            "signatureConfiguration": {"enabled": true, "signingKeyId": key},
        });
        emulator.admin(Method::POST, "/api/webhook", json!({"webhook": webhook})).await
    };
    assert_eq!(create(&elliptic).await.codes()[0].1, "[invalid]webhook.signatureConfiguration.signingKeyId");
    assert_eq!(create(&key["id"]).await.status, 200);
    let mut next = async || tokio::time::timeout(HANG_GUARD, deliveries.recv()).await.expect("no delivery").unwrap();

    let login =
        json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD, "eventInfo": {"deviceName": "Phone"}});
    let headers = [("user-agent", "test"), ("x-forwarded-for", "192.0.2.1, 10.0.0.1")];
    assert_eq!(emulator.send(Method::POST, "/api/login", &headers, login).await.status, 200);
    let (headers, body) = next().await;
    assert_eq!((&headers["x-shop"], &headers["authorization"]), (&"one".parse().unwrap(), &"Basic bmFtZTp3b3Jk".parse().unwrap()));
    let (signed, signature) = headers["x-fusionauth-signature-jwt"].to_str().unwrap().rsplit_once('.').unwrap();
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key["secret"].as_str().unwrap().as_bytes());
    let signature = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).unwrap();
    assert!(aws_lc_rs::hmac::verify(&secret, signed.as_bytes(), &signature).is_ok());
    let event = &body["event"];
    assert_eq!(event["info"], json!({"deviceName": "Phone", "ipAddress": "192.0.2.1", "userAgent": "test"}));
    assert_eq!(event["connectorId"], json!("e3306678-a53a-4964-9040-1c96f36dda72"));
    assert_eq!(event["user"]["registrations"][0]["applicationId"], json!(STORE));
    assert!(!has_null(event), "{event}");

    emulator.admin(Method::DELETE, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await;
    assert_eq!(next().await.1["event"]["user"]["email"], json!("shopper@example.com"));
    emulator.admin(Method::DELETE, &format!("/api/user/{SHOPPER}?hardDelete=true"), Value::Null).await;
    let deleted = next().await.1["event"].clone();
    assert_eq!((&deleted["type"], &deleted["user"]["registrations"][0]["applicationId"]), (&json!("user.delete.complete"), &json!(STORE)));
}

#[tokio::test]
async fn a_webhook_receives_only_the_events_of_its_tenants() {
    let emulator = TestEmulator::start().await;
    let mut received = BTreeMap::new();
    let other = "30000000-0000-0000-0000-0000000000ff";
    assert_eq!(emulator.admin(Method::POST, &format!("/api/tenant/{other}"), json!({"tenant": {"name": "Other"}})).await.status, 200);
    let cases = [
        ("global", json!({"global": true})),
        ("own", json!({"tenantIds": [TENANT]})),
        ("other", json!({"tenantIds": [other]})),
        ("none", json!({})),
    ];
    for (name, scope) in cases {
        let (url, deliveries) = receiver().await;
        let mut webhook = json!({"url": url, "eventsEnabled": {"user.create": true, "user.login.failed": true, "user.update": true}});
        webhook.as_object_mut().unwrap().extend(scope.as_object().unwrap().clone());
        assert_eq!(emulator.admin(Method::POST, "/api/webhook", json!({"webhook": webhook})).await.status, 200);
        received.insert(name, deliveries);
    }
    // The tenant has this event off.
    emulator.patch_tenant(json!({"eventConfiguration": {"events": {"user.update": {"enabled": false}}}})).await;
    emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), json!({"user": {"firstName": "Sue"}})).await;
    for tenant in [TENANT, other] {
        let user = json!({"user": {"email": "new@example.com", "password": PASSWORD}});
        let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", tenant)];
        assert_eq!(emulator.send(Method::POST, "/api/user", &headers, user).await.status, 200);
    }
    for (name, tenants) in [("global", vec![TENANT, other]), ("own", vec![TENANT]), ("other", vec![other])] {
        let deliveries = received.get_mut(name).unwrap();
        let mut found = Vec::new();
        for _ in &tenants {
            let event = event(deliveries).await;
            assert_eq!(event["type"], json!("user.create"), "{name}");
            found.push(event["tenantId"].as_str().unwrap().to_owned());
        }
        found.sort();
        assert_eq!(found, tenants, "{name}");
    }
    assert!(received.values_mut().all(|it| it.try_recv().is_err()));
}

/// The table of events that the emulator itself reads.
const TABLE: &str = include_str!("../../src/domain/events.txt");

/// The documented events, each with the names of its members. The pages do not name the event `test`, which an administrator sends.
fn documented() -> BTreeMap<String, Vec<&'static str>> {
    let rows = TABLE.lines().filter(|it| !it.starts_with(['#', '@'])).filter_map(|it| it.split_once(':'));
    rows.filter(|(kind, _)| *kind != "test").map(|(kind, members)| (kind.to_owned(), members.split_whitespace().collect())).collect()
}

/// Checks that an event has the documented members, and no others.
fn check_members(event: &Value, documented: &[&str]) {
    let common: &[&str] = match event["type"].as_str().unwrap() {
        "kickstart.success" => &["createInstant", "id", "type"],
        _ => &["createInstant", "id", "info", "tenantId", "type"],
    };
    for name in common.iter().chain(documented).filter(|it| !it.ends_with('?')) {
        assert!(!event[name].is_null(), "no {name} in {event}");
    }
    for name in event.as_object().unwrap().keys() {
        assert!(common.iter().chain(documented).any(|it| it.trim_end_matches('?') == name), "{name} in {event}");
    }
    for row in TABLE.lines().filter_map(|it| it.strip_prefix('@')) {
        let mut names = row.split_whitespace();
        let object = names.next().unwrap();
        let value = event[object].get(0).unwrap_or(&event[object]);
        for name in names.filter(|_| value.is_object()) {
            assert!(!value[name].is_null(), "no {object}.{name} in {event}");
        }
    }
}

/// The documented events that docs/emulator.md names as not sent: the last cell of the row about webhooks.
fn not_sent() -> BTreeSet<String> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md")).unwrap();
    let row = page.lines().find(|it| it.starts_with("| Webhooks |")).unwrap().trim_end_matches(" |");
    row.rsplit_once(" | ").unwrap().1.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Begins each of the causes. The events arrive in any order, so the test collects their kinds and waits until none is missing.
#[tokio::test]
async fn every_documented_event_is_sent_or_named_as_not_sent() {
    let documented = documented();
    let (url, mut events) = receiver().await;
    let enabled: BTreeMap<&String, bool> = documented.keys().map(|it| (it, true)).collect();
    let webhook =
        json!({"method": "POST", "url": "/api/webhook", "body": {"webhook": {"url": url, "eventsEnabled": enabled, "global": true}}});
    let kickstart =
        include_str!("../../../../shop/fusionauth/kickstart.json").replacen("\"requests\": [", &format!("\"requests\": [{webhook},"), 1);
    let emulator = TestEmulator::start_with(Config { kickstart: Kickstart::Json(kickstart), ..config() }).await;
    let admin = async |method: Method, path: &str, body: Value| {
        let answer = emulator.admin(method, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        if answer.text.is_empty() { Value::Null } else { answer.json() }
    };
    let id = |it: &Value| it["id"].as_str().unwrap().to_owned();

    let group = id(&admin(Method::POST, "/api/group", json!({"group": {"name": "Staff"}})).await["group"]);
    let member = json!({"members": {&group: [{"userId": SHOPPER}]}});
    admin(Method::PATCH, &format!("/api/group/{group}"), json!({"group": {"name": "Crew"}})).await;
    admin(Method::POST, "/api/group/member", member.clone()).await;
    admin(Method::PUT, "/api/group/member", member).await;
    admin(Method::DELETE, "/api/group/member", json!({"members": {&group: [SHOPPER]}})).await;
    admin(Method::DELETE, &format!("/api/group/{group}"), Value::Null).await;
    let kind = admin(Method::POST, "/api/entity/type", json!({"entityType": {"name": "Shop"}})).await["entityType"].clone();
    let entity = id(&admin(Method::POST, "/api/entity", json!({"entity": {"name": "One", "type": {"id": id(&kind)}}})).await["entity"]);
    admin(Method::PATCH, &format!("/api/entity/{entity}"), json!({"entity": {"name": "Two"}})).await;
    admin(Method::DELETE, &format!("/api/entity/{entity}"), Value::Null).await;

    let key = id(&admin(Method::POST, "/api/key/generate", json!({"key": {"algorithm": "ES256", "name": "New"}})).await["key"]);
    let login = emulator.login("shopper@example.com").await;
    let refresh = json!({"refreshToken": login.member("refreshToken"), "token": login.member("token")});
    assert_eq!(emulator.post("/api/jwt/refresh", refresh).await.status, 200);
    admin(Method::DELETE, &format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null).await;
    emulator.patch_store(json!({"jwtConfiguration": {"accessTokenKeyId": key}})).await;
    assert_eq!(
        emulator.post("/api/login", json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": "x"})).await.status,
        404
    );

    let of_user = format!("/api/user/{SHOPPER}");
    let action = json!({"userAction": {"name": "Pause", "temporal": true}});
    let action = id(&admin(Method::POST, "/api/user-action", action).await["userAction"]);
    let action = json!({"action": {"actioneeUserId": SHOPPER, "expiry": START_MS + 1_000, "userActionId": action}});
    admin(Method::POST, "/api/user/action", action).await;
    admin(Method::POST, "/api/user/import", json!({"users": [{"email": "bulk@example.com"}]})).await;
    let new =
        id(&admin(Method::POST, "/api/user", json!({"user": {"email": "new@example.com", "password": "iloveyou-long"}})).await["user"]);
    let of_new = format!("/api/user/{new}");
    let taken = json!({"user": {"email": "shopper@example.com", "password": PASSWORD}});
    assert_eq!(emulator.admin(Method::POST, "/api/user", taken.clone()).await.status, 400);
    assert_eq!(emulator.admin(Method::PATCH, &of_new, taken).await.status, 400);
    admin(Method::PATCH, &of_new, json!({"user": {"email": "newer@example.com"}})).await;
    admin(Method::POST, "/api/user/verify-email", json!({"userId": new})).await;
    admin(Method::DELETE, &of_new, Value::Null).await;
    admin(Method::PUT, &format!("{of_new}?reactivate=true"), json!({})).await;
    let registration = json!({"registration": {"applicationId": STORE}});
    let registered = format!("/api/user/registration/{new}");
    admin(Method::POST, &registered, registration.clone()).await;
    admin(Method::PUT, &registered, registration).await;
    emulator.patch_store(json!({"verifyRegistration": true, "verificationStrategy": "ClickableLink"})).await;
    let resend = format!("/api/user/verify-registration?applicationId={STORE}&email=newer@example.com");
    let verification = admin(Method::PUT, &resend, Value::Null).await["verificationId"].clone();
    assert_eq!(emulator.post("/api/user/verify-registration", json!({"verificationId": verification})).await.status, 200);
    admin(Method::DELETE, &format!("{registered}/{STORE}"), Value::Null).await;
    let forgot =
        admin(Method::POST, "/api/user/forgot-password", json!({"loginId": "newer@example.com"})).await["changePasswordId"].clone();
    let change = json!({"changePasswordId": forgot, "password": "another-long-password"});
    assert_eq!(emulator.post("/api/user/change-password", change).await.status, 200);
    admin(Method::DELETE, &format!("{of_new}?hardDelete=true"), Value::Null).await;

    let two_factor = format!("/api/user/two-factor/{SHOPPER}");
    admin(Method::POST, "/api/two-factor/send", json!({"method": "email", "userId": SHOPPER, "email": "shopper@example.com"})).await;
    let added = json!({"method": "email", "code": emulator.mailed("code").await, "email": "shopper@example.com"});
    let recovery = admin(Method::POST, &two_factor, added).await["recoveryCodes"].clone();
    let waiting = emulator.login("shopper@example.com").await.member("twoFactorId");
    let code = |code: &Value| json!({"applicationId": STORE, "code": code, "twoFactorId": waiting});
    assert_eq!(emulator.post("/api/two-factor/login", code(&json!("wrong"))).await.status, 421);
    assert_eq!(emulator.post("/api/two-factor/login", code(&recovery[1])).await.status, 200);
    let method = id(&admin(Method::GET, &of_user, Value::Null).await["user"]["twoFactor"]["methods"][0]);
    admin(Method::DELETE, &two_factor, json!({"methodId": method, "code": recovery[0]})).await;
    let breached = json!({"user": {"email": "common@example.com", "password": "iloveyou"}});
    emulator.patch_tenant(json!({"passwordValidationRules": {"minLength": 4, "breachDetection": {"enabled": false}}})).await;
    admin(Method::POST, "/api/user", breached).await;
    emulator.patch_tenant(json!({"passwordValidationRules": {"breachDetection": {"enabled": true, "onLogin": "RequireChange"}}})).await;
    assert_eq!(
        emulator.post("/api/login", json!({"applicationId": STORE, "loginId": "common@example.com", "password": "iloveyou"})).await.status,
        203
    );

    let mut expected: BTreeSet<String> = documented.keys().cloned().collect();
    expected.retain(|it| !not_sent().contains(it));
    let mut received = BTreeMap::new();
    while !expected.iter().all(|it| received.contains_key(it)) {
        let missing = expected.iter().filter(|it| !received.contains_key(*it)).collect::<Vec<_>>();
        let next = tokio::time::timeout(HANG_GUARD, events.recv()).await;
        let event = next.unwrap_or_else(|_| panic!("no event {missing:?}")).unwrap().1["event"].take();
        let kind = event["type"].as_str().unwrap().to_owned();
        check_members(&event, &documented[&kind]);
        received.insert(kind, event);
    }
    assert_eq!(received.keys().cloned().collect::<BTreeSet<_>>(), expected);
    let refreshed = &received["jwt.refresh"];
    assert_eq!((&refreshed["original"], &refreshed["userId"]), (&json!(login.member("token")), &json!(SHOPPER)));
    assert_eq!(received["user.email.update"]["previousEmail"], json!("new@example.com"));
    assert_eq!(received["user.two-factor.success"]["method"], json!("recoveryCode"));
    assert_eq!(received["user.action"]["linkedObjectId"], json!(SHOPPER));
    let taken = &received["user.loginId.duplicate.update"];
    assert_eq!(taken["existing"]["id"], json!(SHOPPER));
    assert_eq!(taken["duplicateIdentities"], json!([{"type": "email", "value": "shopper@example.com"}]));
    assert_eq!(received["user.bulk.create"]["users"][0]["email"], json!("bulk@example.com"));
    assert_eq!(received["group.member.remove"]["members"][0]["userId"], json!(SHOPPER));
    assert_eq!(received["group.update"]["original"]["name"], json!("Staff"));
    assert_eq!(
        (&received["entity.update"]["entity"]["name"], &received["entity.update"]["entity"]["clientSecret"]),
        (&json!("Two"), &Value::Null)
    );
    assert_eq!(received["user.two-factor.method.remove"]["method"]["method"], json!("email"));
    assert_eq!(received["jwt.public-key.update"]["applicationIds"], json!([STORE]));
}
