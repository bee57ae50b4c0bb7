//! Resources that the emulator stores and returns.

use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, START_MS, STORE, TENANT, TestEmulator};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

const ID: &str = "50000000-0000-0000-0000-000000000001";

/// Each kind of resource: its path, the member of a body that contains it, the member of a list, and the smallest valid resource.
fn resources() -> Vec<(String, &'static str, &'static str, Value)> {
    let named = json!({"name": "One"});
    let typed = json!({"name": "One", "type": "Generic"});
    let template = json!({"name": "One", "defaultSubject": "s", "defaultHtmlTemplate": "h", "defaultTextTemplate": "t"});
    [
        ("/api/api-key", "apiKey", "", json!({"key": "a-key-of-this-test"})),
        ("/api/connector", "connector", "connectors", typed.clone()),
        ("/api/consent", "consent", "consents", named.clone()),
        ("/api/email/template", "emailTemplate", "emailTemplates", template),
        ("/api/entity/type", "entityType", "entityTypes", named.clone()),
        ("/api/entity", "entity", "entities", named.clone()),
        ("/api/form", "form", "forms", named.clone()),
        ("/api/form/field", "field", "fields", json!({"name": "One", "key": "user.firstName"})),
        ("/api/group", "group", "groups", named.clone()),
        ("/api/identity-provider", "identityProvider", "identityProviders", json!({"name": "Least", "type": "OpenIDConnect"})),
        ("/api/ip-acl", "ipAccessControlList", "ipAccessControlLists", named.clone()),
        ("/api/lambda", "lambda", "lambdas", json!({"name": "Least", "type": "JWTPopulate"})),
        ("/api/message/template", "messageTemplate", "messageTemplates", named.clone()),
        ("/api/messenger", "messenger", "messengers", typed),
        ("/api/theme", "theme", "themes", named.clone()),
        ("/api/user-action-reason", "userActionReason", "userActionReasons", json!({"code": "one", "text": "One"})),
        ("/api/user/consent", "userConsent", "userConsents", json!({"consentId": ID, "userId": ID})),
        ("/api/webhook", "webhook", "webhooks", json!({"url": "http://localhost:1/events"})),
        (&format!("/api/application/{STORE}/scope"), "scope", "", named),
    ]
    .into_iter()
    .map(|(path, member, members, least)| (path.to_owned(), member, members, least))
    .collect()
}

#[tokio::test]
async fn resources_are_created_read_changed_and_deleted() {
    let emulator = TestEmulator::start().await;
    for (path, member, members, least) in resources() {
        let by_id = format!("{path}/{ID}");
        let created = emulator.admin(Method::POST, &by_id, json!({member: least})).await;
        assert_eq!(created.status, 200, "{path} {}", created.text);
        assert_eq!((&created.json()[member]["id"], &created.json()[member]["insertInstant"]), (&json!(ID), &json!(START_MS)), "{path}");
        assert_eq!(emulator.admin(Method::GET, &by_id, Value::Null).await.text, created.text, "{path}");
        assert_eq!(emulator.admin(Method::POST, &by_id, json!({member: least})).await.codes().len(), 1, "{path}: duplicate");

        let patched = emulator.admin(Method::PATCH, &by_id, json!({member: {"data": {"color": "red"}}})).await.json()[member].clone();
        assert_eq!(patched["data"]["color"], json!("red"), "{path}");
        let headers = [("authorization", API_KEY), ("content-type", "application/json-patch+json")];
        let operations = json!([{"op": "replace", "path": format!("/{member}/data/color"), "value": "blue"}]);
        let patched = emulator.send(Method::PATCH, &by_id, &headers, operations).await.json()[member].clone();
        assert_eq!(patched["data"]["color"], json!("blue"), "{path}");
        let mut without = patched.clone();
        without.as_object_mut().unwrap().remove("data");
        let replaced = emulator.admin(Method::PUT, &by_id, json!({member: without})).await.json()[member].clone();
        assert_eq!((&replaced["data"]["color"], &replaced["id"]), (&Value::Null, &json!(ID)), "{path}");

        if !members.is_empty() {
            let listed = emulator.admin(Method::GET, &path, Value::Null).await.json()[members].clone();
            assert!(listed.as_array().unwrap().contains(&replaced), "{path} {listed}");
        }
        assert_eq!(emulator.admin(Method::DELETE, &by_id, Value::Null).await.status, 200, "{path}");
        for method in [Method::GET, Method::DELETE, Method::PUT] {
            let body = if method == Method::PUT { json!({member: least}) } else { Value::Null };
            assert_eq!(emulator.admin(method, &by_id, body).await.status, 404, "{path}");
        }
        assert_eq!(emulator.send(Method::POST, &path, &[], json!({member: least})).await.status, 401, "{path}");
    }
}

/// <https://fusionauth.io/docs/lifecycle/register-users/advanced-registration-forms#create-form-fields>: Terraform's provider finds them by
/// their names.
#[tokio::test]
async fn a_new_instance_has_the_default_form_fields() {
    let emulator = TestEmulator::start().await;
    let listed = emulator.admin(Method::GET, "/api/form/field", Value::Null).await.json()["fields"].clone();
    let mut names: Vec<_> = listed.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    let documented = ["Birthdate", "Email", "First name", "Full name", "Last name", "Middle name", "Mobile phone", "Password", "Username"];
    assert_eq!(names, documented);
}

#[tokio::test]
async fn mistakes_are_named_all_at_once() {
    let emulator = TestEmulator::start().await;
    let fields = |codes: Vec<(String, String)>| codes.into_iter().map(|(_, code)| code).collect::<Vec<_>>();
    let answer = emulator.admin(Method::POST, "/api/form/field", json!({"field": {"name": " "}})).await;
    assert_eq!(fields(answer.codes()), ["[blank]field.key", "[blank]field.name"]);
    assert_eq!(emulator.admin(Method::POST, "/api/form", json!({})).await.codes()[0].1, "[missing]form");
    assert_eq!(emulator.admin(Method::POST, "/api/form", json!({"form": 7})).await.codes()[0].1, "[missing]form");
    assert_eq!(emulator.admin(Method::POST, "/api/form/x", json!({"form": {"name": "n"}})).await.codes()[0].1, "[couldNotConvert]formId");
    let scope = format!("/api/application/{ID}/scope");
    assert_eq!(emulator.admin(Method::POST, &scope, json!({"scope": {"name": "n"}})).await.status, 404);
    let answer = emulator.admin(Method::POST, "/api/group", json!({"group": {"name": "g"}, "other": 1, "another": 2})).await;
    assert_eq!(answer.codes().len(), 2, "{}", answer.text);
}

#[tokio::test]
async fn resources_are_searched_and_belong_to_their_owner() {
    let emulator = TestEmulator::start().await;
    for name in ["Readers", "Writers", "Staff"] {
        let group = emulator.admin(Method::POST, "/api/group", json!({"group": {"name": name}})).await.json()["group"].clone();
        assert_eq!(group["tenantId"], json!(TENANT));
    }
    let search = async |criteria: Value| emulator.admin(Method::POST, "/api/group/search", json!({"search": criteria})).await.json();
    let found = search(json!({"name": "*ERS", "orderBy": "name ASC", "numberOfResults": 1, "startRow": 1})).await;
    assert_eq!((&found["total"], &found["groups"][0]["name"], &found["groups"][1]), (&json!(2), &json!("Writers"), &Value::Null));
    assert_eq!(search(json!({"tenantId": ID})).await["total"], json!(0));
    // Two applications can have scopes of the same name.
    let scope = |application: &str| format!("/api/application/{application}/scope");
    for application in [STORE, FORUMS] {
        let created = emulator.admin(Method::POST, &scope(application), json!({"scope": {"name": "read"}})).await;
        assert_eq!(created.json()["scope"]["applicationId"], json!(application));
    }
    let created = emulator.admin(Method::POST, &format!("{}/{ID}", scope(STORE)), json!({"scope": {"name": "write"}})).await;
    assert_eq!(created.status, 200);
    assert_eq!(emulator.admin(Method::GET, &format!("{}/{ID}", scope(FORUMS)), Value::Null).await.status, 404);
}

#[tokio::test]
async fn keys_of_every_kind_are_stored_and_rsa_keys_sign() {
    let emulator = TestEmulator::start().await;
    for algorithm in ["RS512", "ES256", "ES384", "ES512", "Ed25519", "HS256"] {
        let created = emulator.admin(Method::POST, "/api/key/generate", json!({"key": {"algorithm": algorithm, "name": "k"}})).await;
        assert_eq!(created.status, 200, "{algorithm} {}", created.text);
        let created = created.json()["key"].clone();
        let path = format!("/api/key/{}", created["id"].as_str().unwrap());
        let stored = emulator.admin(Method::GET, &path, Value::Null).await.json()["key"].clone();
        assert_eq!(
            (&stored["algorithm"], &stored["publicKey"], &stored["secret"]),
            (&json!(algorithm), &created["publicKey"], &Value::Null)
        );
        assert_eq!(created["publicKey"].is_string(), algorithm != "HS256");
        // If the configured key can't sign, the default key must sign.
        emulator.patch_jwt(json!({"accessTokenKeyId": stored["id"]})).await;
        assert_eq!(emulator.login("shopper@example.com").await.status, 200, "{algorithm}");
        emulator.patch_jwt(json!({"accessTokenKeyId": null})).await;
        assert_eq!(emulator.admin(Method::PUT, &path, json!({"key": {"name": "new"}})).await.json()["key"]["name"], json!("new"));
        assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
        assert_eq!(emulator.admin(Method::GET, &path, Value::Null).await.status, 404);
    }
    let answer = emulator.admin(Method::POST, "/api/key/generate", json!({"key": {"algorithm": "XX1", "name": "k"}})).await;
    assert_eq!(answer.codes()[0].1, "[invalid]key.algorithm");
}

#[tokio::test]
async fn a_key_that_replaces_a_deleted_one_of_the_same_id_signs() {
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
    let emulator = TestEmulator::start().await;
    for _ in 0..2 {
        let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let pkcs8 = STANDARD.encode(aws_lc_rs::encoding::AsDer::as_der(&pair).unwrap().as_ref());
        let private_key = format!("-----BEGIN PRIVATE KEY-----\n{pkcs8}\n-----END PRIVATE KEY-----");
        let key = json!({"key": {"kid": "same", "name": "k", "privateKey": private_key}});
        let key = emulator.admin(Method::POST, "/api/key/import", key).await.json()["key"]["id"].clone();
        let token = emulator.admin(Method::POST, "/api/jwt/vend", json!({"keyId": key})).await.member("token");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public_key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
        assert!(public_key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_ok());
        let path = format!("/api/key/{}", key.as_str().unwrap());
        assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn roles_of_an_application_are_added_changed_and_removed() {
    let emulator = TestEmulator::start().await;
    let path = format!("/api/application/{STORE}/role/{ID}");
    assert_eq!(emulator.admin(Method::POST, &path, json!({"role": {"name": "clerk"}})).await.json()["role"]["id"], json!(ID));
    assert_eq!(emulator.admin(Method::POST, &path, json!({"role": {"name": "clerk"}})).await.codes()[0].1, "[duplicate]role.name");
    let patched = emulator.admin(Method::PATCH, &path, json!({"role": {"isDefault": true}})).await.json()["role"].clone();
    assert_eq!((&patched["name"], &patched["isDefault"]), (&json!("clerk"), &json!(true)));
    let body = json!({"user": {"email": "new@example.com", "password": PASSWORD}, "registration": {"applicationId": STORE}});
    let registered = emulator.admin(Method::POST, "/api/user/registration", body).await.json();
    assert!(registered["registration"]["roles"].as_array().unwrap().contains(&json!("clerk")), "{registered}");
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 404);
}

#[tokio::test]
async fn an_api_key_authenticates_requests_until_it_is_deleted() {
    let emulator = TestEmulator::start().await;
    let made = emulator.admin(Method::POST, "/api/api-key", json!({"apiKey": {"metaData": {"attributes": {"owner": "x"}}}})).await;
    let key = made.json()["apiKey"].clone();
    let authorization = key["key"].as_str().unwrap();
    let uses = async || emulator.send(Method::GET, "/api/tenant", &[("authorization", authorization)], Value::Null).await.status;
    assert_eq!(uses().await, 200);
    let path = format!("/api/api-key/{}", key["id"].as_str().unwrap());
    let changed = emulator.admin(Method::PUT, &path, json!({"apiKey": {"name": "Renamed"}})).await.json()["apiKey"].clone();
    assert_eq!((&changed["key"], uses().await), (&key["key"], 200), "a change keeps the key");
    assert_eq!(emulator.admin(Method::DELETE, &path, Value::Null).await.status, 200);
    assert_eq!(uses().await, 401);
}

#[tokio::test]
async fn settings_of_integrations_are_stored() {
    let emulator = TestEmulator::start().await;
    for (path, member) in [("/api/integration", "integrations"), ("/api/tenant-manager", "tenantManagerConfiguration")] {
        let get = async || emulator.admin(Method::GET, path, Value::Null).await.json();
        let initial = get().await[member].clone();
        for (method, body, expected) in [
            (Method::PUT, json!({"kafka": {"enabled": true, "defaultTopic": "a"}}), json!({"enabled": true, "defaultTopic": "a"})),
            (Method::PATCH, json!({"kafka": {"defaultTopic": "b"}}), json!({"enabled": true, "defaultTopic": "b"})),
            (Method::PUT, json!({"kafka": {"enabled": false}}), json!({"enabled": false})),
        ] {
            let answer = emulator.admin(method, path, json!({member: body})).await;
            let mut stored = answer.json()[member]["kafka"].clone();
            // A default of the member, which a real FusionAuth always sends.
            stored.as_object_mut().unwrap().remove("producer");
            assert_eq!((answer.status, stored), (200, expected), "{path}");
            assert_eq!(answer.json()[member]["cleanspeak"], initial["cleanspeak"], "{path}");
            assert_eq!(get().await, answer.json(), "{path}");
        }
        let refused = emulator.admin(Method::PUT, path, json!({"other": {}})).await;
        assert_eq!((refused.status, refused.codes()[0].0.as_str()), (400, "other"), "{path}");
    }
}

/// As the Terraform provider does: it changes the settings, deletes types that are no longer wanted, and creates a type whose PUT is a 404.
#[tokio::test]
async fn the_tenant_manager_has_a_configuration_for_each_type_of_identity_provider() {
    let emulator = TestEmulator::start().await;
    let path = "/api/tenant-manager/identity-provider/Google";
    let of = |enabled: bool| json!({"typeConfiguration": {"enabled": enabled, "linkingStrategy": "LinkByEmail"}});
    let stored = async || {
        let settings = emulator.admin(Method::GET, "/api/tenant-manager", Value::Null).await.json();
        settings["tenantManagerConfiguration"]["identityProviderTypeConfigurations"]["Google"].clone()
    };
    let no_object = json!({"tenantManagerConfiguration": {"identityProviderTypeConfigurations": "Google"}});
    assert_eq!(emulator.admin(Method::PUT, "/api/tenant-manager", no_object).await.status, 400);
    assert_eq!(emulator.admin(Method::PUT, path, of(false)).await.status, 404);
    assert_eq!(emulator.admin(Method::DELETE, path, Value::Null).await.status, 404);
    let unknown = emulator.admin(Method::POST, "/api/tenant-manager/identity-provider/Nobody", of(true)).await;
    assert_eq!((unknown.status, unknown.codes()[0].1.as_str()), (400, "[invalid]type"));
    assert_eq!(emulator.admin(Method::POST, path, of(false)).await.status, 200);
    assert_eq!(emulator.admin(Method::POST, path, of(false)).await.codes()[0].1, "[duplicate]type");
    for (method, body) in [(Method::PUT, of(true)), (Method::PATCH, json!({"typeConfiguration": {"enabled": true}}))] {
        let answer = emulator.admin(method, path, body).await;
        let expected = json!({"enabled": true, "linkingStrategy": "LinkByEmail", "type": "Google"});
        assert_eq!((answer.status, &answer.json()["typeConfiguration"], stored().await), (200, &expected, expected.clone()));
    }
    let renamed = json!({"tenantManagerConfiguration": {"brandName": "Ours", "identityProviderTypeConfigurations": null}});
    assert_eq!(emulator.admin(Method::PUT, "/api/tenant-manager", renamed).await.status, 200);
    assert_eq!(stored().await["enabled"], true, "a change of the other settings keeps it");
    assert_eq!(emulator.admin(Method::DELETE, path, Value::Null).await.status, 200);
    assert_eq!(stored().await, Value::Null);
}

#[tokio::test]
async fn families_keep_their_members() {
    let emulator = TestEmulator::start().await;
    let (path, second) = (format!("/api/user/family/{ID}"), "20000000-0000-0000-0000-000000000002");
    let member = |user: &str, role: &str| json!({"familyMember": {"userId": user, "role": role, "owner": role == "Adult"}});
    let created = emulator.admin(Method::POST, &path, member(SHOPPER, "Adult")).await;
    assert_eq!((created.status, &created.json()["family"]["members"][0]["userId"]), (200, &json!(SHOPPER)), "{}", created.text);
    assert_eq!(emulator.admin(Method::POST, &path, member(SHOPPER, "Adult")).await.codes()[0].1, "[duplicate]familyId");
    for role in ["Child", "Teen"] {
        let changed = emulator.admin(Method::PUT, &path, member(second, role)).await.json()["family"]["members"].clone();
        assert_eq!((changed.as_array().unwrap().len(), &changed[1]["role"]), (2, &json!(role)));
    }
    let of_second = format!("/api/user/family?userId={second}");
    assert_eq!(emulator.admin(Method::GET, &of_second, Value::Null).await.json()["families"][0]["id"], json!(ID));
    assert_eq!(emulator.admin(Method::DELETE, &format!("{path}/{second}"), Value::Null).await.status, 200);
    assert_eq!(emulator.admin(Method::DELETE, &format!("{path}/{second}"), Value::Null).await.status, 404);
    assert_eq!(emulator.admin(Method::GET, &of_second, Value::Null).await.status, 404);
    assert_eq!(emulator.admin(Method::GET, &path, Value::Null).await.json()["family"]["members"].as_array().unwrap().len(), 1);
    for (body, code) in [(member(SHOPPER, "Dog"), "[invalid]familyMember.role"), (member(ID, "Teen"), "[invalid]familyMember.userId")] {
        assert_eq!(emulator.admin(Method::PUT, &path, body).await.codes()[0].1, code);
    }
}
