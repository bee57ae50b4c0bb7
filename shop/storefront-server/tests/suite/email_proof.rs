//! Emails that nobody has proven: a stranger may have registered them, and waits for the owner of the mailbox (account pre-hijacking).

use crate::account_api::{Shopper, USER};
use crate::passkeys::made;
use crate::test_cluster::{PASSWORD, TestCluster, UNVERIFIED, auth, store};
use crate::test_server::problem;
use crate::webapp_steps::text;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use storefront_api::account::AuthenticatorSecret;
use test_support::authenticator::Authenticator;
use test_support::issuer::STORE;
use test_support::totp;

const UNVERIFIED_ID: &str = "20000000-0000-0000-0000-000000000005";
const REFUSED: &str = "/problems/email-not-proven";

/// Each call that adds something with which a user signs in, or with which somebody keeps the owner out.
async fn credentials(shopper: &Shopper) -> Vec<(&'static str, Value)> {
    let secret: AuthenticatorSecret = shopper.post("/api/account/authenticator/secret", json!({})).await.json().await.unwrap();
    let response = json!({"attestationObject": "x", "clientDataJSON": "x", "transports": []});
    vec![
        ("/api/account/passkeys/start", json!({"name": "x", "currentPassword": PASSWORD})),
        ("/api/account/passkeys", json!({"id": "x", "response": response})),
        ("/api/account/recovery-codes", json!({"currentPassword": PASSWORD})),
        ("/api/account/authenticator", json!({"secret": secret.secret, "code": totp::of(&secret.secret), "currentPassword": PASSWORD})),
    ]
}

#[tokio::test]
async fn no_credential_is_added_before_the_email_is_proven() {
    let allow = json!({"verifyEmail": true, "unverified": {"behavior": "Allow"}});
    let none = json!({"verifyEmail": false});
    for (settings, email, is_proven) in
        [(&allow, UNVERIFIED, false), (&none, "new@example.com", false), (&allow, USER, true), (&none, USER, true)]
    {
        for workflow in ["spa-local-storage", "spa-backend", "spa-shared-domain"] {
            let cluster = TestCluster::start_with(&["--limit-messages", "100/60"], 1).await;
            cluster.set_email_configuration(settings.clone()).await;
            if email == "new@example.com" {
                let browser = cluster.browser();
                let body = json!({"email": email, "password": PASSWORD});
                let request = browser.request(Method::POST, &store(workflow), "/api/register").header("idempotency-key", "a-registration");
                assert_eq!(browser.send(&store(workflow), request.json(&body)).await.status(), StatusCode::CREATED);
            }
            let shopper = Shopper::sign_in(&cluster, workflow, email).await;
            for (path, body) in credentials(&shopper).await {
                let answer = shopper.post(path, body).await;
                let is_refused = answer.status() == StatusCode::FORBIDDEN && problem(answer).await.kind == REFUSED;
                assert_eq!(is_refused, !is_proven, "{workflow} {email} {path} {settings}");
            }
            if is_proven {
                continue;
            }
            // A code from a message to the email is a proof, also if FusionAuth verifies no emails.
            let change = json!({"email": email, "currentPassword": PASSWORD});
            assert_eq!(shopper.post("/api/account/email", change).await.status(), StatusCode::OK, "{workflow} {email}");
            let message = cluster.mailed(email, "text").await;
            let code = message.split_whitespace().find(|it| it.parse::<u32>().is_ok()).unwrap();
            assert_eq!(shopper.post("/api/account/email/confirm", json!({"code": code})).await.status(), StatusCode::OK);
            let answer = shopper.post("/api/account/passkeys/start", json!({"name": "x", "currentPassword": PASSWORD})).await;
            assert_eq!(answer.status(), StatusCode::OK, "{workflow} {email}");
        }
    }
}

#[tokio::test]
async fn the_page_adds_no_authenticator_before_the_email_is_proven() {
    let (cluster, host) = (TestCluster::start().await, store("webapp-session"));
    cluster.set_email_configuration(json!({"verifyEmail": true, "unverified": {"behavior": "Allow"}})).await;
    let browser = cluster.signed_in(&host, UNVERIFIED).await;
    for path in ["/account/authenticator", "/account/authenticator/recovery-codes"] {
        let fields = [("current_password", PASSWORD), ("secret", "JBSWY3DPEHPK3PXP"), ("code", &*totp::of("JBSWY3DPEHPK3PXP"))];
        let answer = browser.post_form(&host, path, &fields).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
        let page = text(answer).await;
        assert!(page.contains("Confirm your email first."), "{path}: {page}");
    }
}

/// What a stranger has added to the account by another program than this server: a passkey for the site, and an authenticator.
async fn add_as_a_stranger(cluster: &TestCluster, workflow: &str, user: &str) {
    let methods = json!([{"method": "authenticator", "secret": "SGVsbG8h3q2+7w=="}]);
    cluster.replace(&format!("/api/user/{user}"), json!({"user": {"twoFactor": {"methods": methods}}})).await;
    let (origin, rp_id) = (format!("http://{}:8080", store(workflow)), store(workflow));
    let mut phone = Authenticator::new(&origin, &rp_id);
    let start = json!({"userId": user, "displayName": "x", "workflow": "bootstrap"});
    let started: Value = cluster.admin(Method::POST, "/api/webauthn/register/start", start).await.json().await.unwrap();
    let mut made = made(&mut phone, &started["options"]);
    made["type"] = json!("public-key");
    made["transports"] = made["response"].as_object_mut().unwrap().remove("transports").unwrap();
    let complete = json!({"credential": made, "origin": origin, "rpId": rp_id, "userId": user});
    let answer = cluster.admin(Method::POST, "/api/webauthn/register/complete", complete).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
}

/// The number of the user's passkeys, and of the second factors.
async fn credentials_of(cluster: &TestCluster, user: &str) -> (usize, usize) {
    let passkeys = cluster.admin(Method::GET, &format!("/api/webauthn?userId={user}"), Value::Null).await;
    let passkeys: Value = passkeys.json().await.unwrap();
    let record: Value = cluster.admin(Method::GET, &format!("/api/user/{user}"), Value::Null).await.json().await.unwrap();
    let methods = record["user"]["twoFactor"]["methods"].as_array().map_or(0, Vec::len);
    (passkeys["credentials"].as_array().unwrap().len(), methods)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    ResetLink,
    VerificationLink,
    /// The message with a code that the owner requests.
    VerificationCode,
}

/// Proves the email as its owner does in this workflow. Returns FusionAuth's status for the last step.
async fn prove(cluster: &TestCluster, workflow: &str, email: &str, proof: Proof) -> u16 {
    let (owner, host) = (cluster.browser(), store(workflow));
    let strategy = if proof == Proof::VerificationCode { "FormField" } else { "ClickableLink" };
    cluster.set_email_configuration(json!({"verificationStrategy": strategy})).await;
    let (is_app, is_page) = (workflow.starts_with("spa"), workflow.starts_with("webapp"));
    let (member, path) = match proof {
        Proof::ResetLink => ("changePasswordId", "/api/user/change-password"),
        Proof::VerificationLink | Proof::VerificationCode => ("verificationId", "/api/user/verify-email"),
    };
    match proof {
        Proof::ResetLink => {
            let body = json!({"loginId": email, "applicationId": STORE});
            owner.post_json(&store("spa-backend"), "/api/user/forgot-password", body).await;
        }
        Proof::VerificationLink => {
            let query = format!("{path}?email={email}&applicationId={STORE}");
            cluster.admin(Method::PUT, &query, Value::Null).await;
        }
        Proof::VerificationCode if is_page => {
            owner.post_form(&host, "/verify-email/again", &[("username", email)]).await;
        }
        Proof::VerificationCode => {
            owner.post_json(&host, "/api/verification-message/email", json!({"email": email})).await;
        }
    }
    let id = cluster.mailed(email, member).await;
    if is_page {
        let page = if proof == Proof::ResetLink { "/change-password" } else { "/verify-email" };
        let code = match proof {
            Proof::VerificationCode => cluster.mailed(email, "verificationOneTimeCode").await,
            _ => String::new(),
        };
        if proof == Proof::VerificationCode {
            let fields = [("verification_id", &*id), ("code", &*code), ("username", email)];
            return owner.post_form(&host, page, &fields).await.status().as_u16();
        }
        owner.get(&host, &format!("{page}/{id}")).await;
        let shown = text(owner.get(&host, page).await).await;
        assert!(!shown.contains("Enter your code"), "{shown}");
        return owner.post_form(&host, page, &[("password", "a-better-password")]).await.status().as_u16();
    }
    assert!(is_app);
    let mut body = json!({"password": "a-better-password"});
    if proof != Proof::ResetLink {
        body = json!({});
    }
    if proof == Proof::VerificationCode {
        body["oneTimeCode"] = json!(cluster.mailed(email, "verificationOneTimeCode").await);
    } else {
        let opened = owner.post_json(&host, "/api/mailed-link", json!({member: id})).await;
        assert_eq!(opened.status(), StatusCode::OK);
    }
    body[member] = json!(id);
    let host = if workflow == "spa-backend" { host } else { auth(workflow) };
    let request = owner.request(Method::POST, &host, path).header("origin", format!("http://{}:8080", store(workflow)));
    owner.send(&host, request.header("sec-fetch-site", "same-site").json(&body)).await.status().as_u16()
}

#[tokio::test]
async fn the_first_mailed_proof_removes_what_a_stranger_has_added() {
    use Proof::{ResetLink, VerificationCode, VerificationLink};
    for workflow in ["spa-local-storage", "spa-shared-domain", "spa-backend", "webapp-jwt", "webapp-session"] {
        for proof in [ResetLink, VerificationLink, VerificationCode] {
            let cluster = TestCluster::start().await;
            cluster.set_email_configuration(json!({"verifyEmail": true, "unverified": {"behavior": "Allow"}})).await;
            add_as_a_stranger(&cluster, workflow, UNVERIFIED_ID).await;
            assert_eq!(credentials_of(&cluster, UNVERIFIED_ID).await, (1, 1));
            let status = prove(&cluster, workflow, UNVERIFIED, proof).await;
            assert!([200, 302, 303].contains(&status), "{workflow} {proof:?}: {status}");
            assert_eq!(credentials_of(&cluster, UNVERIFIED_ID).await, (0, 0), "{workflow} {proof:?}");
            // The email is proven now, so what the owner adds survives the next message.
            add_as_a_stranger(&cluster, workflow, UNVERIFIED_ID).await;
            let (owner, backend) = (cluster.browser(), store("spa-backend"));
            owner.post_json(&backend, "/api/user/forgot-password", json!({"loginId": UNVERIFIED})).await;
            let link = json!({"changePasswordId": cluster.mailed(UNVERIFIED, "changePasswordId").await});
            assert_eq!(owner.post_json(&backend, "/api/mailed-link", link).await.status(), StatusCode::OK);
            assert_eq!(credentials_of(&cluster, UNVERIFIED_ID).await, (1, 1), "{workflow} {proof:?}");
        }
    }
}

/// Whether the account still exists at FusionAuth.
async fn exists(cluster: &TestCluster) -> bool {
    let login = json!({"loginId": UNVERIFIED, "password": PASSWORD});
    cluster.browser().post_json(&store("spa-backend"), "/api/login", login).await.status() != StatusCode::NOT_FOUND
}

async fn verification_id(cluster: &TestCluster) -> String {
    let query = format!("/api/user/verify-email?email={UNVERIFIED}&applicationId={STORE}");
    cluster.admin(Method::PUT, &query, Value::Null).await;
    cluster.mailed(UNVERIFIED, "verificationId").await
}

#[tokio::test]
async fn it_was_not_me_ends_an_unverified_account_and_no_other() {
    for workflow in ["spa-local-storage", "spa-backend", "webapp-jwt"] {
        let (cluster, host, browser) = TestCluster::with_browser_at(store(workflow)).await;
        let not_me = async |id: &str| {
            if workflow == "webapp-jwt" {
                browser.get(&host, &format!("/verify-email/{id}")).await;
                browser.post_form(&host, "/verify-email/not-me", &[]).await.status() == StatusCode::SEE_OTHER
            } else {
                browser.post_json(&host, "/api/not-me", json!({"verificationId": id})).await.status() == StatusCode::OK
            }
        };
        // Anybody gets the id of a code from "send again", so it deletes nothing.
        cluster.set_email_configuration(json!({"verificationStrategy": "FormField"})).await;
        let of_code = verification_id(&cluster).await;
        assert!(not_me(&of_code).await && exists(&cluster).await, "{workflow}");

        cluster.set_email_configuration(json!({"verificationStrategy": "ClickableLink"})).await;
        let link = verification_id(&cluster).await;
        if workflow == "webapp-jwt" {
            browser.get(&host, &format!("/verify-email/{link}")).await;
            let page = text(browser.get(&host, "/verify-email").await).await.replace("<wbr>", "");
            assert!(page.contains(&format!("Someone created an account with {UNVERIFIED} on ")) && page.contains("It wasn't me"), "{page}");
        } else {
            let opened: Value = browser.post_json(&host, "/api/mailed-link", json!({"verificationId": link})).await.json().await.unwrap();
            assert_eq!((&opened["email"], opened["registeredAt"].is_string()), (&json!(UNVERIFIED), true));
        }
        for _ in 0..2 {
            assert!(not_me(&link).await && !exists(&cluster).await, "{workflow}");
        }

        let cluster = TestCluster::start().await;
        let link = verification_id(&cluster).await;
        cluster.admin(Method::POST, "/api/user/verify-email", json!({"userId": UNVERIFIED_ID})).await;
        let browser = cluster.browser();
        let answer = browser.post_json(&store("spa-backend"), "/api/not-me", json!({"verificationId": link})).await;
        assert!(answer.status() == StatusCode::OK && exists(&cluster).await, "an account that was verified before stays");
    }
}

/// With a code, a page needs an id. The answers for an unknown email have one, too.
#[tokio::test]
async fn send_again_has_one_answer_for_everybody() {
    for strategy in ["ClickableLink", "FormField"] {
        for (what, path) in [("email", "verify-email"), ("registration", "verify-registration")] {
            let (cluster, host) = (TestCluster::start_with(&["--limit-messages", "100/60"], 1).await, store("spa-backend"));
            cluster.set_email_configuration(json!({"verificationStrategy": strategy})).await;
            let settings = json!({"application": {"verifyRegistration": true, "verificationStrategy": strategy}});
            cluster.replace(&format!("/api/application/{STORE}"), settings).await;
            let browser = cluster.browser();
            let mut answers = Vec::new();
            for email in [UNVERIFIED, USER, "nobody@example.com"] {
                let again = async || {
                    let answer = browser.post_json(&host, &format!("/api/verification-message/{what}"), json!({"email": email})).await;
                    assert_eq!(answer.status(), StatusCode::OK, "{email}");
                    answer.json::<Value>().await.unwrap()
                };
                let (first, second) = (again().await, again().await);
                let id = second["verificationId"].as_str();
                assert!(id.is_none() || first != second, "each message has its own id");
                let wrong = json!({"verificationId": id.unwrap_or("unknown"), "oneTimeCode": "000000"});
                let answer = browser.post_json(&host, &format!("/api/user/{path}"), wrong).await;
                answers.push((second.as_object().unwrap().len(), id.map(str::len), answer.status(), problem(answer).await.kind));
            }
            assert!(answers.iter().all(|it| *it == answers[0]), "{strategy} {what}: {answers:?}");
            assert_eq!(answers[0].1.is_some(), strategy == "FormField", "{answers:?}");
        }
    }
}
