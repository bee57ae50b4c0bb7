//! Passkeys on the account page and in the sign-in of the single-page app.

use crate::account_api::{Shopper, USER, WORKFLOWS, subjects};
use crate::test_cluster::{TENANT, TestCluster, store};
use crate::test_server::{problem, with_status};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use storefront_api::account::{AcceptedPasskeys, Passkeys};
use test_support::authenticator::Authenticator;
use test_support::issuer::{SHOPPER, STORE};

fn authenticator(workflow: &str) -> Authenticator {
    Authenticator::new(&format!("http://{}:8080", store(workflow)), &store(workflow))
}

async fn list(shopper: &Shopper) -> Passkeys {
    shopper.get("/api/account/passkeys").await.json().await.unwrap()
}

/// The options with which the page asks the browser for a new passkey.
async fn start(shopper: &Shopper, name: &str) -> Value {
    start_with(shopper, json!({"name": name})).await
}

async fn start_with(shopper: &Shopper, body: Value) -> Value {
    with_status(StatusCode::OK, shopper.post("/api/account/passkeys/start", body).await).json().await.unwrap()
}

/// A new passkey as a browser returns it: the fields of `RegistrationResponseJSON` that the server passes on to FusionAuth.
pub(crate) fn made(authenticator: &mut Authenticator, options: &Value) -> Value {
    let mut made = authenticator.create(options);
    made["response"]["transports"] = made["transports"].take();
    json!({"id": made["id"], "response": made["response"]})
}

#[tokio::test]
async fn a_passkey_is_made_named_listed_and_removed() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let shopper = Shopper::confirmed(&cluster, workflow, USER).await;
        let mut phone = authenticator(workflow);
        let options = start(&shopper, " My phone ").await;
        let listed = |ids: &[&Value]| AcceptedPasskeys {
            rp_id: store(workflow),
            user_id: options["user"]["id"].as_str().unwrap().to_owned(),
            all_accepted_credential_ids: ids.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
        };
        let none = Passkeys { are_on: true, is_confirmed: true, passkeys: Vec::new(), accepted: Some(listed(&[])) };
        assert_eq!(list(&shopper).await, none, "{workflow}");
        let user: Value = shopper.get("/api/user").await.json().await.unwrap();
        let expected = json!({"residentKey": "preferred", "userVerification": "required"});
        assert_eq!((&options["user"]["displayName"], &options["authenticatorSelection"]), (&user["displayName"], &expected));
        let created = made(&mut phone, &options);
        let answer = shopper.post("/api/account/passkeys", created.clone()).await;
        assert_eq!(answer.status(), StatusCode::OK, "{workflow}");
        let Passkeys { mut passkeys, accepted, .. } = list(&shopper).await;
        assert_eq!(accepted, Some(listed(&[&created["id"]])), "{workflow}");
        let passkey = passkeys.remove(0);
        assert_eq!((passkey.name.as_str(), &passkey.other_site, &passkey.last_used_at), ("My phone", &None, &None), "{workflow}");
        assert!(passkey.made_at.is_some_and(|it| it.ends_with('Z')));

        let data: Value = shopper.get("/api/account/export").await.json().await.unwrap();
        assert_eq!((&data["passkeys"][0]["name"], &data["passkeys"][0]["site"]), (&json!("My phone"), &json!(store(workflow))));
        let remove = format!("/api/account/passkeys/{}/remove", passkey.id);
        let other = Shopper::confirmed(&cluster, workflow, "second@example.com").await;
        assert_eq!(other.post(&remove, json!({})).await.status(), StatusCode::OK, "the answer does not reveal another user's passkey");
        assert_eq!(list(&shopper).await.passkeys.len(), 1, "nobody removes another user's passkey");
        assert_eq!(shopper.post(&remove, json!({})).await.status(), StatusCode::OK, "{workflow}");
        assert_eq!(shopper.post(&remove, json!({})).await.status(), StatusCode::OK, "a second removal succeeds too");
        assert_eq!(list(&shopper).await, none);
        let unnamed = start_with(&shopper, json!({})).await;
        assert_eq!(shopper.post("/api/account/passkeys", made(&mut phone, &unnamed)).await.status(), StatusCode::OK);
        assert_eq!(list(&shopper).await.passkeys[0].name, "Unknown browser", "{workflow}");
        let told = subjects(&cluster, 3).await;
        let [added, removed] = ["A passkey was added to your account", "A passkey was removed from your account"];
        assert_eq!((told.len(), told.iter().filter(|it| *it == added).count()), (3, 2), "{told:?}");
        assert!(told.iter().any(|it| it == removed), "{told:?}");
    }
}

#[tokio::test]
async fn what_no_browser_of_this_page_and_user_has_made_is_refused() {
    let (cluster, workflow) = (TestCluster::start().await, "spa-local-storage");
    let shopper = Shopper::confirmed(&cluster, workflow, USER).await;
    let refused = async |body: Value, by: &Shopper| {
        let answer = by.post("/api/account/passkeys", body).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        problem(answer).await.kind == "/problems/passkey-refused"
    };
    let mut elsewhere = Authenticator::new("http://evil.example", &store(workflow));
    assert!(refused(made(&mut elsewhere, &start(&shopper, "x").await), &shopper).await, "the passkey is from another site");
    let other = Shopper::sign_in(&cluster, workflow, "second@example.com").await;
    assert!(refused(made(&mut authenticator(workflow), &start(&shopper, "x").await), &other).await, "the options are another user's");
    let options = start(&shopper, "x").await;
    let body = made(&mut authenticator(workflow), &options);
    assert_eq!(shopper.post("/api/account/passkeys", body.clone()).await.status(), StatusCode::OK);
    assert!(refused(body, &shopper).await, "the passkey is registered already");
    for name in ["", "  ", &"x".repeat(61)] {
        let answer = shopper.post("/api/account/passkeys/start", json!({"name": name})).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json::<Value>().await.unwrap()["errors"][0]["field"], "name");
    }
    let stranger = cluster.browser();
    for path in ["/api/account/passkeys", "/api/account/passkeys/start", "/api/account/passkeys/x/remove"] {
        let request = stranger.request(Method::POST, &store(workflow), path).json(&json!({"name": "x"}));
        assert_eq!(stranger.send(&store(workflow), request).await.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn where_fusionauth_has_passkeys_off_nothing_is_offered() {
    for off in [
        (TENANT.to_owned(), json!({"tenant": {"webAuthnConfiguration": {"enabled": false}}})),
        (TENANT.to_owned(), json!({"tenant": {"webAuthnConfiguration": {"bootstrapWorkflow": {"enabled": false}}}})),
        (
            format!("/api/application/{STORE}"),
            json!({"application": {"webAuthnConfiguration": {"enabled": true, "bootstrapWorkflow": {"enabled": false}}}}),
        ),
    ] {
        let cluster = TestCluster::start().await;
        let shopper = Shopper::sign_in(&cluster, "spa-backend", USER).await;
        let options = start(&shopper, "x").await;
        cluster.replace(&off.0, off.1).await;
        assert_eq!(list(&shopper).await, Passkeys { are_on: false, is_confirmed: true, passkeys: Vec::new(), accepted: None });
        let answer = shopper.post("/api/account/passkeys", made(&mut authenticator("spa-backend"), &options)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let cluster = TestCluster::start_with(&["--encryption-secret", "a secret of at least thirty-two characters"], 1).await;
    let shopper = Shopper::sign_in(&cluster, "spa-local-storage", USER).await;
    assert!(!list(&shopper).await.are_on, "passkeys are off without an API key");
}

#[tokio::test]
async fn a_passkey_of_another_domain_says_so() {
    let (cluster, workflow) = (TestCluster::start().await, "spa-local-storage");
    let shopper = Shopper::confirmed(&cluster, workflow, USER).await;
    let options = start(&shopper, "x").await;
    assert_eq!(shopper.post("/api/account/passkeys", made(&mut authenticator(workflow), &options)).await.status(), StatusCode::OK);
    let parent = json!({"tenant": {"webAuthnConfiguration": {"relyingPartyId": "spa-local-storage.localhost"}}});
    cluster.replace(TENANT, parent).await;
    assert_eq!(list(&shopper).await.passkeys[0].other_site, Some(store(workflow)));
    let mut phone = authenticator(workflow);
    phone.rp_id = "spa-local-storage.localhost".to_owned();
    let options = start(&shopper, "y").await;
    assert_eq!(shopper.post("/api/account/passkeys", made(&mut phone, &options)).await.status(), StatusCode::OK);
    let Passkeys { passkeys, accepted, .. } = list(&shopper).await;
    assert_eq!(passkeys[1].other_site, None);
    let accepted = accepted.unwrap();
    assert_eq!((accepted.rp_id, accepted.all_accepted_credential_ids.len()), (phone.rp_id, 2), "the list has the passkeys of all domains");
}

#[tokio::test]
async fn passkeys_survive_a_fusionauth_that_is_gone() {
    let cluster = TestCluster::start().await;
    let shopper = Shopper::sign_in(&cluster, "spa-local-storage", USER).await;
    cluster.fault(json!({"path": "/api/webauthn", "status": 503, "times": 9})).await;
    assert_eq!(shopper.get("/api/account/passkeys").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    cluster.fault(json!({"path": "/api/webauthn/register/start", "status": 503, "times": 9})).await;
    let body = json!({"name": "x", "currentPassword": crate::test_cluster::PASSWORD});
    assert_eq!(shopper.post("/api/account/passkeys/start", body).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    cluster.no_faults().await;
    let kept = cluster.admin(Method::GET, &format!("/api/webauthn?userId={SHOPPER}"), Value::Null).await;
    assert_eq!(kept.json::<Value>().await.unwrap()["credentials"], json!([]));
}

/// Creates a passkey for the user as the account page does, and returns its authenticator.
async fn enrol(cluster: &TestCluster, workflow: &str) -> Authenticator {
    let shopper = Shopper::confirmed(cluster, workflow, USER).await;
    let (mut phone, options) = (authenticator(workflow), start(&shopper, "x").await);
    assert_eq!(shopper.post("/api/account/passkeys", made(&mut phone, &options)).await.status(), StatusCode::OK);
    phone
}

/// Asks the server for the options of a sign-in with a passkey.
async fn start_sign_in(cluster: &TestCluster, workflow: &str, body: Value) -> reqwest::Response {
    let browser = cluster.browser();
    let request = browser.request(Method::POST, &store(workflow), "/api/passkeys/start").json(&body);
    browser.send(&store(workflow), request).await
}

#[tokio::test]
async fn spa_backend_signs_in_with_a_passkey() {
    let (cluster, workflow) = (TestCluster::start().await, "spa-backend");
    let mut phone = enrol(&cluster, workflow).await;
    let browser = cluster.browser();
    let sign_in = async |body: Value| browser.post_json(&store(workflow), "/api/webauthn/login", body).await;
    for owner in [json!({"loginId": " Shopper@example.com "}), json!({"userId": SHOPPER})] {
        let options: Value = start_sign_in(&cluster, workflow, owner).await.json().await.unwrap();
        let mut credential = phone.get(&options);
        credential["authenticatorAttachment"] = json!("platform");
        let body = json!({"credential": credential, "origin": "http://evil.example", "rpId": "evil.example", "applicationId": "other"});
        let answer = sign_in(body.clone()).await;
        assert_eq!(answer.status(), StatusCode::OK, "the server ignores the origin in the body");
        let signed_in: Value = answer.json().await.unwrap();
        assert_eq!((&signed_in["user"]["id"], &signed_in["token"]), (&json!(SHOPPER), &Value::Null));
        assert_eq!(sign_in(body).await.status(), StatusCode::NOT_FOUND, "the same answer signs in only once");
    }
    let request = browser.request(Method::GET, &store(workflow), "/api/account/passkeys");
    let passkeys: Passkeys = browser.send(&store(workflow), request).await.json().await.unwrap();
    assert_eq!(passkeys.passkeys.len(), 1, "the sign-in sets the cookies of a session");
}

#[tokio::test]
async fn a_name_does_not_tell_whether_it_has_a_passkey() {
    let (cluster, workflow) = (TestCluster::start().await, "spa-local-storage");
    enrol(&cluster, workflow).await;
    let asked = async |login_id: &str| {
        let answer = start_sign_in(&cluster, workflow, json!({"loginId": login_id})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{login_id}");
        answer.json::<Value>().await.unwrap()
    };
    let shape = |options: &Value| {
        let mut shape = options.clone();
        let challenge = shape["challenge"].take();
        shape["allowCredentials"].take();
        (shape, challenge.as_str().map(str::len))
    };
    // The length of an id, and the ways to reach the authenticator.
    let kinds = |options: &Value| {
        let kind = |it: &Value| (it["id"].as_str().unwrap().len(), it["transports"].clone());
        options["allowCredentials"].as_array().unwrap().iter().map(kind).collect::<Vec<_>>()
    };
    let calls = async |login_id: &str| {
        let before = cluster.asked_by_backends().len();
        asked(login_id).await;
        cluster.asked_by_backends().split_off(before)
    };
    assert_eq!(
        calls("shopper@example.com").await,
        calls("nobody@example.com").await,
        "both names cause the same calls, so the time reveals nothing either"
    );
    let known = asked("shopper@example.com").await;
    for name in ["second@example.com", "nobody@example.com", ""] {
        let (once, again) = (asked(name).await, asked(&name.to_uppercase()).await);
        assert_eq!(once["allowCredentials"], again["allowCredentials"], "a name always gets the same passkeys: {name}");
        assert_ne!(once["challenge"], again["challenge"]);
        assert_ne!(once["allowCredentials"], asked("else@example.com").await["allowCredentials"]);
        if !name.is_empty() {
            assert_eq!(shape(&once), shape(&known), "{name}");
        }
    }
    // Of the kinds of common authenticators, and of one passkey and several, names without an account have each.
    let (mut seen, mut numbers) = (kinds(&known), [false; 2]);
    for number in 0..60 {
        let invented = kinds(&asked(&format!("nobody-{number}@example.com")).await);
        numbers[invented.len() - 1] = true;
        seen.extend(invented);
    }
    let of_authenticator =
        [(27, json!(["hybrid", "internal"])), (22, json!(["hybrid", "internal"])), (43, json!(["internal"])), (64, json!(["nfc", "usb"]))];
    assert_eq!(numbers, [true; 2]);
    assert!(seen.iter().all(|it| of_authenticator.contains(it)) && of_authenticator.iter().all(|it| seen.contains(it)), "{seen:?}");
    let unknown = start_sign_in(&cluster, workflow, json!({"userId": "20000000-0000-0000-0000-000000000002"})).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND, "after a 404, the browser forgets a user without passkeys");
}

#[tokio::test]
async fn the_sign_in_form_asks_whether_there_are_passkeys_and_not_too_often() {
    let cluster = TestCluster::start_with(&["--limit-anonymous-calls", "3/36000"], 1).await;
    let is_on = async || {
        let browser = cluster.browser();
        let host = store("spa-shared-domain");
        let answer = browser.send(&host, browser.request(Method::GET, &host, "/api/passkeys")).await;
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(is_on().await, json!({"isOn": true}));
    let body = json!({"loginId": "nobody@example.com"});
    for status in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(start_sign_in(&cluster, "spa-shared-domain", body.clone()).await.status(), status);
    }
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    let asked = cluster.asked_by_backends().len();
    for (path, body) in [
        (
            "/api/webauthn/login",
            json!({"credential": {"id": "", "type": "", "response": {"authenticatorData": "", "clientDataJSON": "", "signature": ""}}}),
        ),
        ("/api/password-link/second-factor", json!({"changePasswordId": "nothing"})),
        ("/api/login", json!({"oneTimePassword": "nothing"})),
    ] {
        let answer = browser.post_json(&host, path, body).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{path}: {}", answer.text().await.unwrap());
    }
    assert_eq!(cluster.asked_by_backends().len(), asked, "refused requests do not reach FusionAuth");
    let other = TestCluster::start().await;
    other.replace(TENANT, json!({"tenant": {"webAuthnConfiguration": {"enabled": false}}})).await;
    let answer = other.browser().get(&host, "/api/passkeys").await;
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"isOn": false}));
    assert_eq!(start_sign_in(&other, "spa-shared-domain", body.clone()).await.status(), StatusCode::NOT_FOUND);
    other.fault(json!({"path": "/api/webauthn/start", "status": 503, "times": 1})).await;
    assert_eq!(start_sign_in(&other, "spa-shared-domain", body).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}
