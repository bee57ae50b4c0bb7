//! The table of sensitive changes: each request about the account, with a copied credential alone.

use crate::anonymous_requests::routes;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, auth, sign_in_by_form, store};
use crate::test_server::problem;
use crate::webapp_steps::text;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use storefront_api::{WORKFLOWS, Workflow};
use storefront_server::account::sensitive_changes::{StepUp, TABLE, step_up};
use test_support::issuer::{SHOPPER, STORE};
use test_support::totp;

const USER: &str = "shopper@example.com";

/// A thief who has copied the credential of a sign-in that has just begun: an access token, or the id of a session.
struct Thief {
    browser: Browser,
    host: String,
    /// The header that carries the credential.
    header: (&'static str, String),
}

impl Thief {
    async fn of_new_sign_in(cluster: &TestCluster, workflow: Workflow) -> Self {
        let (owner, host) = (cluster.browser(), store(workflow.slug()));
        let login = json!({"loginId": USER, "password": PASSWORD, "applicationId": STORE});
        let copied = |host: &str, name: &str| ("cookie", format!("{name}={}", owner.cookie(host, name).unwrap()));
        let header = match workflow {
            Workflow::SpaBackend => {
                owner.post_json(&host, "/api/login", login).await;
                copied(&host, "storefront_jwt")
            }
            Workflow::WebappJwt | Workflow::WebappSession => {
                sign_in_by_form(&owner, &host, USER).await;
                copied(&host, if workflow == Workflow::WebappJwt { "storefront_jwt" } else { "storefront_session" })
            }
            Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => {
                let auth = auth(workflow.slug());
                let request = owner.request(Method::POST, &auth, "/api/login").header("origin", format!("http://{host}:8080"));
                let answer = owner.send(&auth, request.header("sec-fetch-site", "same-site").json(&login)).await;
                match answer.json::<Value>().await.unwrap()["token"].as_str() {
                    Some(token) => ("authorization", format!("Bearer {token}")),
                    None => copied("spa-shared-domain.localhost", "store.access_token"),
                }
            }
        };
        Self { browser: cluster.browser(), host, header }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.browser.bare(method, &self.host, path).header(self.header.0, &self.header.1)
    }
}

/// A body with which the request would succeed or ask for a code, if it had a password.
fn body(request: &str, secret: &str) -> Value {
    match request.rsplit_once("/account/").map_or(request, |(_, path)| path) {
        "authenticator" => json!({"secret": secret, "code": totp::of(secret)}),
        "authenticator/{id}/remove" | "email/confirm" => json!({"code": "000000"}),
        "passkeys/start" => json!({"name": "x"}),
        "passkeys" => json!({"id": "x", "response": {"attestationObject": "x", "clientDataJSON": "x", "transports": []}}),
        "email" => json!({"email": "thief@example.com"}),
        "password" => json!({"currentPassword": "", "password": "a-password-of-the-thief"}),
        "delete" => json!({"currentPassword": ""}),
        _ => json!({}),
    }
}

/// What a thief wants to change.
async fn account(cluster: &TestCluster) -> (Value, Value, i64) {
    let user = cluster.admin(Method::GET, &format!("/api/user/{SHOPPER}"), Value::Null).await.json::<Value>().await.unwrap();
    let passkeys = cluster.admin(Method::GET, &format!("/api/webauthn?userId={SHOPPER}"), Value::Null).await.json().await.unwrap();
    let user = json!([user["user"]["email"], user["user"]["twoFactor"], user["user"]["passwordLastUpdateInstant"]]);
    (user, passkeys, cluster.count("address_changes").await)
}

#[tokio::test]
async fn a_copied_access_token_alone_makes_no_sensitive_change() {
    let cluster = TestCluster::start().await;
    let secret = cluster.admin(Method::GET, "/api/two-factor/secret", Value::Null).await.json::<Value>().await.unwrap();
    let secret = secret["secretBase32Encoded"].as_str().unwrap();
    let (routes, before) = (routes(&cluster).await, account(&cluster).await);
    let mut seen = BTreeSet::new();
    for workflow in WORKFLOWS {
        let thief = Thief::of_new_sign_in(&cluster, workflow).await;
        let (_, paths) = routes.iter().find(|(host, _)| *host == thief.host).unwrap();
        let is_of_account = |it: &&String| *it == "/api/user" || ["/api/account", "/account"].iter().any(|start| it.starts_with(start));
        for path in paths.iter().filter(is_of_account) {
            let asked = path.replace("{id}", "x");
            let allowed = thief.request(Method::PATCH, &asked).send().await.unwrap();
            assert_eq!(allowed.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let allowed = allowed.headers()["allow"].to_str().unwrap().to_owned();
            for method in allowed.split(',').filter(|it| *it != "HEAD") {
                let request = format!("{method} {path}");
                if method == "GET" {
                    continue;
                }
                let asks = step_up(&request);
                let is_in_table = TABLE.iter().filter(|(_, requests)| requests.contains(&request.as_str())).count() == 1;
                assert!(is_in_table, "the table needs one row for {request}");
                seen.insert(request.clone());
                if asks == StepUp::Nothing {
                    continue;
                }
                let sent = thief.request(method.parse().unwrap(), &asked);
                let is_api = path.starts_with("/api/");
                let sent = if is_api {
                    sent.json(&body(&request, secret))
                } else {
                    let form = format!(
                        "email=thief%40example.com&current_password=&password=a-password-of-the-thief&id=x&secret={secret}&code=000000"
                    );
                    sent.header("content-type", "application/x-www-form-urlencoded").body(form)
                };
                let answer = sent.send().await.unwrap();
                match asks {
                    StepUp::PasswordOrProof => assert_eq!(problem(answer).await.kind, "/problems/password-needed", "{request}"),
                    StepUp::Password => {
                        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{workflow:?} {request}");
                        assert!(text(answer).await.contains("Enter your password."), "{workflow:?} {request}");
                    }
                    StepUp::FirstStep | StepUp::Nothing => assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{request}"),
                }
            }
        }
        let home = if paths.iter().any(|it| it == "/api/account") { "/api/account" } else { "/account" };
        assert_eq!(
            thief.request(Method::GET, home).send().await.unwrap().status(),
            StatusCode::OK,
            "the credential is valid: {workflow:?}"
        );
    }
    assert_eq!(account(&cluster).await, before);
    let unused: Vec<_> = TABLE.iter().flat_map(|(_, requests)| *requests).filter(|it| !seen.contains(**it)).collect();
    assert!(unused.is_empty(), "no such requests: {unused:?}");
}

#[test]
fn the_document_has_the_table() {
    let document = include_str!("../../../../docs/account.md");
    for (asks, requests) in TABLE {
        let text = match asks {
            StepUp::Nothing => "nothing",
            StepUp::FirstStep => "the step before",
            StepUp::PasswordOrProof => "the password, or the proof",
            StepUp::Password => "the password",
        };
        let row = format!("| {text} | `{}` |", requests.join("` `"));
        assert!(document.contains(&row), "docs/account.md lacks: {row}");
    }
}
