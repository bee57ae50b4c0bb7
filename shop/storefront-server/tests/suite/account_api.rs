//! The API calls of the account page, in the three workflows of the single-page app.

use crate::test_cluster::{Browser, NEW_PASSWORD, PASSWORD, TestCluster, auth, forged, location, store};
use crate::test_server::problem;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use storefront_api::Product;
use storefront_api::account::{Account, AccountSession, AuthenticatorSecret, RecoveryCodes};
use storefront_server::{clock::now_ms, purge::purge};
use test_support::issuer::{SHOPPER, STORE};
use test_support::totp;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(crate) const WORKFLOWS: [&str; 3] = ["spa-local-storage", "spa-backend", "spa-shared-domain"];
pub(crate) const USER: &str = "shopper@example.com";

/// A browser that is signed in to the Store.
pub(crate) struct Shopper {
    browser: Browser,
    host: String,
    /// The access token. Only `spa-local-storage` gives it to the script.
    token: Option<String>,
}

impl Shopper {
    pub(crate) async fn sign_in(cluster: &TestCluster, workflow: &str, login_id: &str) -> Self {
        let (browser, host) = (cluster.browser(), store(workflow));
        let body = json!({"loginId": login_id, "password": PASSWORD, "applicationId": STORE});
        let answer = match workflow {
            "spa-backend" => browser.post_json(&host, "/api/login", body).await,
            _ => {
                let (auth, origin) = (auth(workflow), format!("http://{host}:8080"));
                let request = browser.request(Method::POST, &auth, "/api/login").header("origin", origin);
                browser.send(&auth, request.header("sec-fetch-site", "same-site").json(&body)).await
            }
        };
        // 212 with a token: the email is not verified, and the tenant allows that.
        assert!([200, 212].contains(&answer.status().as_u16()), "{workflow}: {}", answer.status());
        let answer: Value = answer.json().await.unwrap();
        Self { browser, host, token: answer["token"].as_str().map(ToOwned::to_owned) }
    }

    /// A browser that is signed in to the Store, and has confirmed a change with the password.
    pub(crate) async fn confirmed(cluster: &TestCluster, workflow: &str, login_id: &str) -> Self {
        let shopper = Self::sign_in(cluster, workflow, login_id).await;
        let confirmed = shopper.post("/api/account/passkeys/x/remove", json!({"currentPassword": PASSWORD})).await;
        assert_eq!(confirmed.status(), StatusCode::OK, "{workflow}");
        shopper
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Response {
        let request = self.browser.request(method, &self.host, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.browser.send(&self.host, request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.send(Method::POST, path, body).await
    }

    async fn account(&self) -> Account {
        self.get("/api/account").await.json().await.unwrap()
    }

    async fn sessions(&self) -> Vec<AccountSession> {
        self.account().await.sessions
    }
}

/// The number of the user's sessions at FusionAuth.
async fn sessions_at_fusionauth(cluster: &TestCluster, user_id: &str) -> usize {
    let sessions = cluster.admin(Method::GET, &format!("/api/jwt/refresh?userId={user_id}"), Value::Null).await;
    sessions.json::<Value>().await.unwrap()["refreshTokens"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_password_is_replaced_by_a_user_who_knows_it() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let (shopper, _other) = (Shopper::sign_in(&cluster, workflow, USER).await, Shopper::sign_in(&cluster, workflow, USER).await);
        for (current, new, field, message) in [
            ("", NEW_PASSWORD, "currentPassword", "Enter your password."),
            (PASSWORD, "", "password", "Enter a password."),
            ("wrong-horse-battery", NEW_PASSWORD, "currentPassword", "That is not your current password."),
            (PASSWORD, "short", "password", "Choose a longer password."),
        ] {
            let answer = shopper.post("/api/account/password", json!({"currentPassword": current, "password": new})).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{workflow} {message}");
            let document: Value = answer.json().await.unwrap();
            assert_eq!((&document["errors"][0]["field"], &document["errors"][0]["message"]), (&json!(field), &json!(message)));
        }
        assert_eq!(sessions_at_fusionauth(&cluster, SHOPPER).await, 2, "{workflow}");
        let answer = shopper.post("/api/account/password", json!({"currentPassword": PASSWORD, "password": NEW_PASSWORD})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{workflow}");
        assert_eq!(sessions_at_fusionauth(&cluster, SHOPPER).await, 0, "{workflow}");
        let link = format!("http://{}:8080/forgot-password", shopper.host);
        assert!(notice(&cluster, USER, "Your password has changed").await.contains(&link), "{workflow}");
        let body = json!({"loginId": USER, "password": NEW_PASSWORD, "applicationId": STORE});
        let answer = shopper.browser.request(Method::POST, &auth("spa-local-storage"), "/api/login").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_password_cannot_be_guessed_on_the_account_page() {
    let cluster = TestCluster::start_with(&["--limit-passwords", "2/600"], 1).await;
    let shopper = Shopper::sign_in(&cluster, "spa-local-storage", USER).await;
    let guess = json!({"currentPassword": "wrong-horse-battery", "password": NEW_PASSWORD});
    for status in [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(shopper.post("/api/account/password", guess.clone()).await.status(), status);
    }
    let answer = shopper.post("/api/account/delete", json!({"currentPassword": PASSWORD})).await;
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(problem(answer).await.kind, "/problems/too-many-attempts");
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let shopper = Shopper::sign_in(&cluster, workflow, USER).await;
        let alone = shopper.sessions().await;
        assert_eq!((alone.len(), alone[0].is_current, alone[0].app), (1, true, Some(storefront_api::App::Store)), "{workflow}");
        assert!(alone[0].signed_in_at.as_deref().is_some_and(|it| it.ends_with('Z')), "{alone:?}");
        for _ in 0..2 {
            Shopper::sign_in(&cluster, workflow, USER).await;
        }
        let sessions = shopper.sessions().await;
        assert_eq!(sessions.iter().map(|it| it.is_current).collect::<Vec<_>>(), [true, false, false], "{workflow}");
        assert_eq!(sessions[0].id, alone[0].id);
        let answer = shopper.send(Method::DELETE, &format!("/api/account/sessions/{}", sessions[1].id), Value::Null).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(sessions_at_fusionauth(&cluster, SHOPPER).await, 2, "{workflow}");
        assert_eq!(shopper.post("/api/account/end-other-sessions", Value::Null).await.status(), StatusCode::OK);
        assert_eq!(shopper.sessions().await, alone, "{workflow}");
        let answer = shopper.post("/api/account/sign-out-everywhere", Value::Null).await;
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({"isConfirmed": true}));
        assert_eq!(sessions_at_fusionauth(&cluster, SHOPPER).await, 0, "{workflow}");
    }
}

#[tokio::test]
async fn the_overview_says_since_when_and_until_when_the_user_is_signed_in() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let account = Shopper::sign_in(&cluster, workflow, USER).await.account().await;
        // As text, the times would not sort, because their fractions of a second omit trailing zeros.
        let [made, at, until] = [account.made_at, account.sessions[0].signed_in_at.clone(), account.signed_in_until]
            .map(|it| OffsetDateTime::parse(&it.unwrap(), &Rfc3339).unwrap());
        assert!(made <= at && at < until, "{workflow}: {made} {at} {until}");
        assert_eq!(account.authenticators, []);
    }
}

#[tokio::test]
async fn an_unavailable_fusionauth_is_reported() {
    let cluster = TestCluster::start().await;
    let shopper = Shopper::sign_in(&cluster, "spa-local-storage", USER).await;
    cluster.fault(json!({"path": "/api/jwt/refresh", "status": 503})).await;
    assert_eq!(problem(shopper.get("/api/account").await).await.kind, "/problems/sign-in-service-unavailable");
}

#[tokio::test]
async fn the_users_own_data_is_exported_and_deleted() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let shopper = Shopper::sign_in(&cluster, workflow, USER).await;
        let database = cluster.database().await;
        let thread = "30000000-0000-0000-0000-000000000000";
        let now = now_ms(); // the current time, because `purge` deletes old rows
        for (insert, at) in [
            ("INSERT INTO posts (id, thread, author_id, body, created_at, may_be_public) VALUES ('reply', $1, $2, 'A reply', $3, 1)", 1),
            (
                "INSERT INTO drafts (thread, user_id, title, body, saved_at, product) VALUES ($1, $2, '', 'Half a reply', $3, 'hammock')",
                now,
            ),
            ("INSERT INTO thread_reads (thread, user_id, read_at) VALUES ($1, $2, $3)", now * 1_000),
        ] {
            sqlx::query(insert).bind(thread).bind(SHOPPER).bind(at).execute(&database).await.unwrap();
        }
        let public_answer = async || {
            let product: Product = shopper.browser.get(&store("spa-backend"), "/api/products/cast-iron-pan").await.json().await.unwrap();
            product.threads.unwrap().remove(0).answer.unwrap().text
        };
        assert_eq!(public_answer().await, "A reply", "{workflow}");
        let data: Value = shopper.get("/api/account/export").await.json().await.unwrap();
        assert_eq!((&data["posts"][0]["body"], &data["posts"][0]["thread"]), (&json!("A reply"), &json!(thread)), "{workflow}");
        assert_eq!(data["posts"].as_array().unwrap().len(), 2, "the reply, and the post that starts the user's thread in the demo data");
        let products = (&data["posts"][0]["product"], &data["posts"][1]["product"], &data["drafts"][0]["product"]);
        assert_eq!(products, (&Value::Null, &json!("wool-blanket"), &json!("hammock")), "{workflow}");
        assert_eq!((&data["drafts"][0]["body"], &data["threadsRead"][0]["thread"]), (&json!("Half a reply"), &json!(thread)));
        assert_eq!((&data["account"]["email"], data["cart"].as_array().unwrap().len()), (&json!(USER), 3), "{workflow}");
        for body in [json!({}), json!({"currentPassword": "wrong-horse-battery"})] {
            assert_eq!(shopper.post("/api/account/delete", body).await.status(), StatusCode::UNPROCESSABLE_ENTITY, "{workflow}");
        }
        let answer = shopper.post("/api/account/delete", json!({"currentPassword": PASSWORD})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{workflow}");
        assert_eq!(subjects(&cluster, 1).await, ["Your account is deleted"], "{workflow}");
        for is_late in [false, true] {
            if is_late {
                // A request that was in flight during the deletion adds a cart line.
                let line = "INSERT INTO cart_lines (user_id, product, quantity, position) VALUES ($1, 'hammock', 1, 1)";
                sqlx::query(line).bind(SHOPPER).execute(&database).await.unwrap();
                purge(&database, now_ms() + 600_000, Duration::ZERO).await;
            }
            for table in ["cart_lines", "drafts", "thread_reads"] {
                assert_eq!(cluster.count(&format!("{table} WHERE user_id = '{SHOPPER}'")).await, 0, "{table}");
            }
        }
        assert_eq!(cluster.count("deleted_users").await, 0);
        assert_eq!(cluster.count(&format!("posts WHERE author_id = '{SHOPPER}'")).await, 2, "the posts of a deleted user stay");
        assert!(public_answer().await.starts_with("Thin coats."), "{workflow}: only members see the replies of a deleted user");
        let product: Product = shopper.browser.get(&store("spa-backend"), "/api/products/wool-blanket").await.json().await.unwrap();
        assert_eq!(product.threads.unwrap()[0].title, "Washing the wool blanket");
        let body = json!({"loginId": USER, "password": PASSWORD, "applicationId": STORE});
        let answer = shopper.browser.request(Method::POST, &auth("spa-local-storage"), "/api/login").json(&body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn an_authenticator_is_added_and_removed() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let shopper = Shopper::confirmed(&cluster, workflow, USER).await;
        let secret: AuthenticatorSecret = shopper.post("/api/account/authenticator/secret", Value::Null).await.json().await.unwrap();
        assert!(secret.uri.starts_with("otpauth://totp/Store%20and%20Forums:shopper%40example.com?secret="), "{workflow}");
        assert!(secret.uri.contains(&secret.secret));
        for (code, message) in [(" ", "Enter your code"), ("000000", "That code is not correct.")] {
            let answer = shopper.post("/api/account/authenticator", json!({"secret": secret.secret, "code": code})).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{workflow} {message}");
            let document: Value = answer.json().await.unwrap();
            assert_eq!((&document["errors"][0]["field"], &document["errors"][0]["message"]), (&json!("code"), &json!(message)));
        }
        let code = totp::of(&secret.secret);
        let body = json!({"secret": secret.secret, "code": format!("{} {}", &code[..3], &code[3..])});
        let codes: RecoveryCodes = shopper.post("/api/account/authenticator", body).await.json().await.unwrap();
        assert_eq!(codes.recovery_codes.len(), 10, "{workflow}");
        let fresh: RecoveryCodes = shopper.post("/api/account/recovery-codes", json!({})).await.json().await.unwrap();
        assert!(fresh.recovery_codes.len() == 10 && fresh.recovery_codes[0] != codes.recovery_codes[0]);

        let id = shopper.account().await.authenticators.remove(0).id;
        let remove = format!("/api/account/authenticator/{id}/remove");
        assert_eq!(shopper.post(&remove, json!({"code": "000000"})).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(shopper.post(&remove, json!({"code": fresh.recovery_codes[0]})).await.status(), StatusCode::OK, "{workflow}");
        assert_eq!(shopper.account().await.authenticators, []);
        let mut told = subjects(&cluster, 3).await;
        told.sort();
        let [added, removed] = ["A second factor was added to your account", "A second factor was removed from your account"];
        assert_eq!(told, [added, removed, "Your account has new recovery codes"], "{workflow}");
        let asked = cluster.asked_by_backends();
        assert!(asked.iter().all(|it| !it.contains("code=")), "no code in a URL: {asked:?}");
    }
}

/// The subjects of this server's messages to the shopper, as soon as there are `count` or more.
pub(crate) async fn subjects(cluster: &TestCluster, count: usize) -> Vec<String> {
    let notices = notices_until(cluster, USER, |it| it.len() >= count).await;
    notices.into_iter().map(|(subject, _)| subject).collect()
}

/// The text of this server's newest message with this subject, as soon as there is one.
pub(crate) async fn notice(cluster: &TestCluster, to: &str, subject: &str) -> String {
    let is_it = |it: &(String, String)| it.0 == subject;
    let notices = notices_until(cluster, to, |it| it.iter().any(is_it)).await;
    notices.into_iter().rfind(is_it).unwrap().1
}

/// The subjects and texts of this server's messages to an email address, as soon as they are complete.
async fn notices_until(cluster: &TestCluster, to: &str, are_complete: impl Fn(&[(String, String)]) -> bool) -> Vec<(String, String)> {
    let (mut notices, mut after) = (Vec::new(), String::new());
    while !are_complete(&notices) {
        let path = format!("/emulator/mail?to={to}&topic=chosen&waitSeconds=60{after}");
        let mail: Value = cluster.admin(Method::GET, &path, Value::Null).await.json().await.unwrap();
        let messages = mail["messages"].as_array().unwrap();
        let newest = messages.last().unwrap_or_else(|| panic!("no message after {notices:?}"));
        after = format!("&after={}", newest["id"].as_str().unwrap());
        let part = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        notices.extend(messages.iter().map(|it| (part(it, "subject"), part(it, "text"))));
    }
    notices
}

/// The name of the cookie that proves a confirmation.
const PROOF: &str = "storefront_confirmation";
/// The name of the cookie with the refresh token, which only `spa-backend` has.
const REFRESH_TOKEN: &str = "storefront_refresh_token";

/// Whether the shopper gets new recovery codes without the password.
async fn gets_codes(shopper: &Shopper) -> bool {
    let answer = shopper.post("/api/account/recovery-codes", json!({})).await;
    if answer.status() == StatusCode::OK {
        return true;
    }
    assert_eq!(problem(answer).await.kind, "/problems/password-needed");
    false
}

#[tokio::test]
async fn a_password_confirms_further_changes_of_the_same_sign_in() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start_with(&[], 2).await;
        let shopper = Shopper::sign_in(&cluster, workflow, USER).await;
        assert_eq!(gets_codes(&shopper).await, workflow == "spa-backend", "only spa-backend has seen the sign-in: {workflow}");
        shopper.browser.forget_cookie(&shopper.host, REFRESH_TOKEN);
        let wrong = json!({"currentPassword": "wrong-horse-battery"});
        assert_eq!(shopper.post("/api/account/recovery-codes", wrong).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!gets_codes(&shopper).await, "{workflow}");
        let answer = shopper.post("/api/account/recovery-codes", json!({"currentPassword": PASSWORD})).await;
        let line = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(line.starts_with(PROOF) && line.ends_with("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"), "{line}");
        assert!(gets_codes(&shopper).await && gets_codes(&shopper).await, "each instance accepts the proof: {workflow}");

        let proof = shopper.browser.cookie(&shopper.host, PROOF).unwrap();
        for login_id in [USER, "second@example.com"] {
            let other = Shopper::sign_in(&cluster, workflow, login_id).await;
            other.browser.forget_cookie(&other.host, REFRESH_TOKEN);
            other.browser.set_cookie(&other.host, PROOF, &proof);
            assert!(!gets_codes(&other).await, "the proof is for one sign-in: {workflow} {login_id}");
        }
        shopper.browser.set_cookie(&shopper.host, PROOF, &proof.to_ascii_lowercase());
        assert!(!gets_codes(&shopper).await, "{workflow}");
    }
}

#[tokio::test]
async fn a_sign_in_at_the_backend_confirms_changes_for_ten_minutes() {
    for (seconds_ago, is_confirmed) in [(540, true), (660, false)] {
        let cluster = TestCluster::start().await;
        let an_hour = json!({"application": {"jwtConfiguration": {"timeToLiveInSeconds": 3_600}}});
        cluster.admin(Method::PATCH, &format!("/api/application/{STORE}"), an_hour).await;
        cluster.set_back_clock(seconds_ago * 1_000);
        let shopper = Shopper::sign_in(&cluster, "spa-backend", USER).await;
        cluster.issue_fresh();
        assert_eq!(gets_codes(&shopper).await, is_confirmed, "{seconds_ago}");
    }
}

/// A thief has copied every cookie. Without webhooks, the access token outlives the sign-out.
#[tokio::test]
async fn a_sign_out_ends_the_proof_before_the_access_token() {
    let cluster = TestCluster::start().await;
    let thief = Shopper::confirmed(&cluster, "spa-backend", USER).await;
    let copied = ["storefront_jwt", REFRESH_TOKEN, PROOF].map(|name| (name, thief.browser.cookie(&thief.host, name).unwrap()));
    assert!(gets_codes(&thief).await);
    let answer = thief.browser.post_json(&thief.host, "/api/logout", json!({})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(thief.browser.cookie(&thief.host, PROOF).is_none());
    for (name, value) in &copied {
        thief.browser.set_cookie(&thief.host, name, value);
    }
    assert_eq!(thief.get("/api/account").await.status(), StatusCode::OK);
    assert!(!gets_codes(&thief).await);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    for workflow in ["spa-backend", "spa-shared-domain"] {
        let cluster = TestCluster::start().await;
        let shopper = Shopper::sign_in(&cluster, workflow, USER).await;
        for path in ["/api/account/password", "/api/account/delete", "/api/account/sign-out-everywhere", "/api/account/end-other-sessions"]
        {
            let request = shopper.browser.request(Method::POST, &shopper.host, path).json(&json!({"currentPassword": PASSWORD}));
            let answer = forged(request, Some("cross-site"), Some("http://foreign.test")).await;
            assert_eq!(problem(answer).await.kind, "/problems/cross-origin", "{workflow} {path}");
        }
        assert_eq!(sessions_at_fusionauth(&cluster, SHOPPER).await, 1);
    }
}

#[tokio::test]
async fn password_managers_find_the_form() {
    let cluster = TestCluster::start().await;
    let pages = [("webapp-jwt", "/account/password"), ("webapp-session", "/account/password")];
    for (workflow, form) in WORKFLOWS.map(|it| (it, "/account?change=password")).into_iter().chain(pages) {
        let answer = cluster.browser().get(&store(workflow), "/.well-known/change-password").await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, form), "{workflow}");
    }
}
