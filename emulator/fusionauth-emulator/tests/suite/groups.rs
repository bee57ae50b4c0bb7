//! Groups: their members, and the roles that members inherit.

use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TestEmulator, claims};
use reqwest::Method;
use serde_json::{Value, json};

const GROUP: &str = "50000000-0000-0000-0000-000000000001";
const OTHER_GROUP: &str = "50000000-0000-0000-0000-000000000002";
const ROLE: &str = "50000000-0000-0000-0000-000000000003";
const MEMBER: &str = "50000000-0000-0000-0000-000000000004";
const SECOND: &str = "20000000-0000-0000-0000-000000000002";

/// An emulator with two groups. The first one has a role of the Store.
async fn groups() -> TestEmulator {
    let emulator = TestEmulator::start().await;
    for (path, body) in [
        (format!("/api/application/{STORE}/role/{ROLE}"), json!({"role": {"name": "clerk"}})),
        (format!("/api/group/{GROUP}"), json!({"group": {"name": "Staff"}, "roleIds": [ROLE]})),
        (format!("/api/group/{OTHER_GROUP}"), json!({"group": {"name": "Readers"}})),
    ] {
        let answer = emulator.admin(Method::POST, &path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    emulator
}

async fn roles_in(emulator: &TestEmulator, application: &str) -> Vec<String> {
    let login = json!({"applicationId": application, "loginId": "shopper@example.com", "password": PASSWORD});
    let token = emulator.post("/api/login", login).await.member("token");
    serde_json::from_value(claims(&token)["roles"].clone()).unwrap()
}

#[tokio::test]
async fn members_inherit_the_roles_of_their_group() {
    let emulator = groups().await;
    let group = async || emulator.admin(Method::GET, &format!("/api/group/{GROUP}"), Value::Null).await.json()["group"].clone();
    assert_eq!(group().await["roles"][STORE][0]["name"], json!("clerk"));
    let (own, in_forums) = (roles_in(&emulator, STORE).await, roles_in(&emulator, FORUMS).await);
    assert!(!own.contains(&"clerk".to_owned()));

    let join = json!({"members": {GROUP: [{"userId": SHOPPER, "id": MEMBER, "data": {"since": "spring"}}]}});
    let answer = emulator.admin(Method::POST, "/api/group/member", join).await;
    assert_eq!((answer.status, &answer.json()["members"][GROUP][0]["id"]), (200, &json!(MEMBER)), "{}", answer.text);
    let inherited = [vec!["clerk".to_owned()], own.clone()].concat();
    assert_eq!((roles_in(&emulator, STORE).await, roles_in(&emulator, FORUMS).await), (inherited.clone(), in_forums));

    let user = async || emulator.admin(Method::GET, &format!("/api/user/{SHOPPER}"), Value::Null).await.json()["user"].clone();
    let of_store = |user: Value| user["registrations"].as_array().unwrap().iter().find(|it| it["applicationId"] == STORE).unwrap().clone();
    let shown = user().await;
    assert_eq!(of_store(shown.clone())["roles"], json!(inherited));
    let membership = &shown["memberships"][0];
    let expected = (&json!(GROUP), &json!(MEMBER), &json!("spring"));
    assert_eq!((&membership["groupId"], &membership["id"], &membership["data"]["since"]), expected);
    assert!(membership["insertInstant"].is_i64() && membership["userId"].is_null(), "{membership}");

    // A change of the user or of the registration neither ends the membership nor stores the inherited role.
    let path = format!("/api/user/registration/{SHOPPER}");
    let patch = json!({"registration": {"applicationId": STORE, "data": {"note": "x"}}});
    let patched = emulator.admin(Method::PATCH, &path, patch).await.json();
    assert_eq!(patched["registration"]["roles"], json!(inherited));
    let patched = emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), json!({"user": {"firstName": "Ann"}})).await;
    assert_eq!(patched.json()["user"]["memberships"], shown["memberships"]);

    // A patch of the group keeps its roles; a replacement without roles removes them.
    let path = format!("/api/group/{GROUP}");
    assert_eq!(emulator.admin(Method::PATCH, &path, json!({"group": {"name": "Clerks"}})).await.status, 200);
    assert_eq!(roles_in(&emulator, STORE).await, inherited);
    assert_eq!(emulator.admin(Method::PUT, &path, json!({"group": {"name": "Clerks"}})).await.json()["group"]["roles"], json!({}));
    assert_eq!(roles_in(&emulator, STORE).await, own);
    let unknown = emulator.admin(Method::PUT, &path, json!({"group": {"name": "Clerks"}, "roleIds": [SHOPPER]})).await;
    assert_eq!(unknown.codes()[0].1, "[invalid]roleIds");
    // https://fusionauth.io/docs/apis/#the-patch-http-method: a JSON Patch changes the body of a PUT, which has `roleIds`.
    let operations = async |operations: Value| {
        let headers = [("authorization", API_KEY), ("content-type", "application/json-patch+json")];
        emulator.send(Method::PATCH, &path, &headers, operations).await
    };
    assert_eq!(operations(json!([{"op": "add", "path": "/roleIds/-", "value": ROLE}])).await.status, 200);
    assert_eq!(roles_in(&emulator, STORE).await, inherited);
    assert_eq!(operations(json!([{"op": "remove", "path": "/roleIds/0"}])).await.json()["group"]["roles"], json!({}));

    assert_eq!(emulator.admin(Method::PUT, &path, json!({"group": {"name": "Clerks"}, "roleIds": [ROLE]})).await.status, 200);
    assert_eq!(roles_in(&emulator, STORE).await, inherited);
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!((roles_in(&emulator, STORE).await, user().await["memberships"].clone()), (own, json!([])), "the group is deleted");
}

#[tokio::test]
async fn groups_follow_the_roles_of_applications() {
    let emulator = groups().await;
    let group = format!("/api/group/{GROUP}");
    let role = format!("/api/application/{STORE}/role/{ROLE}");
    let application = format!("/api/application/{STORE}");
    let renamed = json!({"role": {"name": "cashier"}});
    for (method, path, body, left) in [
        (Method::PATCH, &role, renamed, json!(["cashier"])),
        // "You can't update an Application's roles via this API" (https://fusionauth.io/docs/apis/applications).
        (Method::PATCH, &application, json!({"application": {"roles": [{"id": ROLE, "name": "seller"}]}}), json!(["cashier"])),
        (Method::PUT, &application, json!({"application": {"name": "Store"}}), json!(["cashier"])),
        (Method::DELETE, &role, Value::Null, json!([])),
        (Method::POST, &role, json!({"role": {"name": "clerk"}}), json!([])),
        (Method::PATCH, &group, json!({"group": {"name": "Clerks"}, "roleIds": [ROLE]}), json!(["clerk"])),
        (Method::DELETE, &format!("{application}?hardDelete=true"), Value::Null, json!([])),
    ] {
        let answer = emulator.admin(method, path, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        // A patch checks the roles that the group has.
        let patched = emulator.admin(Method::PATCH, &group, json!({"group": {"name": "Staff"}})).await;
        assert_eq!(patched.status, 200, "{}", patched.text);
        let roles = patched.json()["group"]["roles"][STORE].clone();
        let names: Vec<Value> = roles.as_array().into_iter().flatten().map(|role| role["name"].clone()).collect();
        assert_eq!(json!(names), left, "{path}");
    }
}

#[tokio::test]
async fn members_are_added_replaced_found_and_removed() {
    let emulator = groups().await;
    let member = |user: &str| json!({"userId": user});
    let change = async |method: Method, body: Value| {
        let answer = emulator.admin(method, "/api/group/member", body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    };
    let found = async |criteria: &str| {
        let found = emulator.admin(Method::GET, &format!("/api/group/member/search?{criteria}"), Value::Null).await.json();
        let users = found["members"].as_array().unwrap().iter().map(|it| it["userId"].as_str().unwrap().to_owned());
        (found["total"].as_u64().unwrap(), users.collect::<Vec<_>>())
    };
    let of_group = format!("groupId={GROUP}");
    let both = json!({"members": {GROUP: [member(SHOPPER), member(SECOND)], OTHER_GROUP: [member(SECOND)]}});
    change(Method::POST, both.clone()).await;
    change(Method::POST, both).await;
    assert_eq!(found(&of_group).await, (2, vec![SHOPPER.to_owned(), SECOND.to_owned()]), "nobody is a member twice");
    assert_eq!(found(&format!("{of_group}&startRow=1&numberOfResults=1")).await, (2, vec![SECOND.to_owned()]));
    assert_eq!(found(&format!("userId={SECOND}")).await.0, 2);
    let search = json!({"search": {"groupId": GROUP, "userId": SECOND}});
    let result = emulator.admin(Method::POST, "/api/group/member/search", search).await.json();
    assert_eq!((&result["total"], &result["members"][0]["groupId"]), (&json!(1), &json!(GROUP)));

    change(Method::PUT, json!({"members": {GROUP: [member(SECOND)]}})).await;
    assert_eq!(found(&of_group).await.1, [SECOND]);
    for removal in [
        json!({"members": {GROUP: [SECOND]}}),
        json!({"memberIds": [change(Method::PUT, json!({"members": {GROUP: [member(SHOPPER)]}})).await["members"][GROUP][0]["id"]]}),
    ] {
        assert_eq!(emulator.admin(Method::DELETE, "/api/group/member", removal).await.status, 200);
    }
    assert_eq!((found(&of_group).await.0, found(&format!("groupId={OTHER_GROUP}")).await.0), (0, 1));
    for (query, left) in [(format!("groupId={GROUP}&userId={SHOPPER}"), 1), (of_group.clone(), 0)] {
        change(Method::POST, json!({"members": {GROUP: [member(SHOPPER), member(SECOND)]}})).await;
        assert_eq!(emulator.admin(Method::DELETE, &format!("/api/group/member?{query}"), Value::Null).await.status, 200);
        assert_eq!(found(&of_group).await.0, left, "{query}");
    }
    let added = change(Method::POST, json!({"members": {GROUP: [member(SHOPPER)]}})).await;
    let path = format!("/api/group/member/{}", added["members"][GROUP][0]["id"].as_str().unwrap());
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 404);

    let refused = [
        (Method::POST, json!({"members": {MEMBER: [member(SHOPPER)]}}), "[invalid]groupId"),
        (Method::POST, json!({"members": {GROUP: [member(MEMBER)]}}), "[invalid]members[50000000-0000-0000-0000-000000000001][0].userId"),
        (Method::POST, json!({"members": {GROUP: [{}]}}), "[blank]members[50000000-0000-0000-0000-000000000001][0].userId"),
        (Method::DELETE, json!({}), "[blank]groupId"),
    ];
    for (method, body, code) in refused {
        let answer = emulator.admin(method, "/api/group/member", body).await;
        assert_eq!((answer.status, answer.codes()[0].1.as_str()), (400, code));
    }
}

#[tokio::test]
async fn a_new_user_joins_groups() {
    let emulator = groups().await;
    let user = |group: &str| json!({"email": "new@example.com", "password": PASSWORD, "memberships": [{"groupId": group}]});
    let body = |group: &str| json!({"user": user(group), "registration": {"applicationId": STORE}});
    let unknown = emulator.admin(Method::POST, "/api/user/registration", body(MEMBER)).await;
    assert_eq!(unknown.codes()[0].1, "[invalid]groupId");
    let registered = emulator.admin(Method::POST, "/api/user/registration", body(GROUP)).await.json();
    assert_eq!(registered["user"]["memberships"][0]["groupId"], json!(GROUP), "{registered}");
    assert!(registered["registration"]["roles"].as_array().unwrap().contains(&json!("clerk")), "{registered}");
    assert!(claims(registered["token"].as_str().unwrap())["roles"].as_array().unwrap().contains(&json!("clerk")));
}
