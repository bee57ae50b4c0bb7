//! Each way to end all sign-ins of a user, on the server-rendered pages. A thief who is signed in to the same account, in the Store and the
//! Forums, is then signed out on every instance.

use crate::browse::hidden;
use crate::forgotten_password::mailed_path;
use crate::test_cluster::{Browser, HANG_GUARD, NEW_PASSWORD, PASSWORD, TestCluster, auth, forums, location, sign_in_by_form, store};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use test_support::issuer::{SHOPPER, STORE};

const USER: &str = "shopper@example.com";
/// The path of the user's record at FusionAuth.
const DELETED: &str = "/api/user/20000000-0000-0000-0000-000000000001";

/// A thief's browser that is signed in to both applications of a workflow.
struct Thief {
    browser: Browser,
    workflow: &'static str,
}

impl Thief {
    async fn sign_in(cluster: &TestCluster, workflow: &'static str) -> Self {
        let browser = cluster.browser();
        // The thief's tokens are two seconds old. Tokens count whole seconds, so a revocation does not end a token that was issued in the
        // same second.
        cluster.set_back_clock(2_000);
        for host in [store(workflow), forums(workflow)] {
            sign_in_by_form(&browser, &host, USER).await;
        }
        cluster.issue_fresh();
        let thief = Self { browser, workflow };
        assert!(thief.is_signed_in().await);
        thief
    }

    /// Whether at least one of the two applications still shows the user's pages. Asks every instance.
    async fn is_signed_in(&self) -> bool {
        for (host, path) in [(store(self.workflow), "/shopping-cart"), (forums(self.workflow), "/account")] {
            for _instance in 0..2 {
                let answer = self.browser.get(&host, path).await;
                if answer.status() == StatusCode::OK {
                    return true;
                }
                assert!(location(&answer).starts_with("/login"), "{} {path}", self.workflow);
            }
        }
        false
    }

    /// Waits until both applications refuse the thief on every instance. The instances do not learn of a revocation at the same time.
    async fn until_out(&self) {
        let until_out = async { while self.is_signed_in().await {} };
        tokio::time::timeout(HANG_GUARD, until_out).await.unwrap_or_else(|_| panic!("{}: still signed in", self.workflow));
    }
}

/// The browser of the account's owner, signed in to the Store.
async fn owner(cluster: &TestCluster, workflow: &str) -> Browser {
    cluster.signed_in(&store(workflow), USER).await
}

/// Asks for a reset link by mail, and opens it.
async fn follow_link(cluster: &TestCluster, workflow: &str) -> Browser {
    let (browser, store) = (cluster.browser(), store(workflow));
    browser.post_form(&store, "/forgot-password", &[("username", USER)]).await;
    browser.get(&store, &mailed_path(cluster, USER, &store).await).await;
    browser
}

#[tokio::test]
async fn a_password_changed_by_a_mailed_link() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start_with(&[], 2).await;
        let thief = Thief::sign_in(&cluster, workflow).await;
        let browser = follow_link(&cluster, workflow).await;
        let answer = browser.post_form(&store(workflow), "/change-password", &[("password", NEW_PASSWORD)]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/shopping-cart"), "{workflow}");
        assert_eq!(browser.get(&store(workflow), "/shopping-cart").await.status(), StatusCode::OK, "the owner is signed in");
        thief.until_out().await;
    }
}

/// The password changes although the sign-in after the change fails.
#[tokio::test]
async fn a_password_changed_by_a_mailed_link_before_a_failed_sign_in() {
    let workflow = "webapp-session";
    let cluster = TestCluster::start_with(&[], 2).await;
    let thief = Thief::sign_in(&cluster, workflow).await;
    let browser = follow_link(&cluster, workflow).await;
    cluster.fault(json!({"path": "/api/login", "status": 503})).await;
    let answer = browser.post_form(&store(workflow), "/change-password", &[("password", NEW_PASSWORD)]).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login"));
    cluster.no_faults().await;
    thief.until_out().await;
}

/// The app of `spa-backend` changes the password through this server's API. The change also ends the user's sign-ins in the other
/// workflows.
#[tokio::test]
async fn a_password_changed_by_the_api() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start_with(&[], 2).await;
        let (thief, host) = (Thief::sign_in(&cluster, workflow).await, store("spa-backend"));
        let browser = cluster.browser();
        browser.post_json(&host, "/api/user/forgot-password", json!({"loginId": USER})).await;
        let link = mailed_path(&cluster, USER, &host).await;
        let body = json!({"changePasswordId": link.rsplit('/').next().unwrap(), "password": NEW_PASSWORD});
        assert_eq!(browser.post_json(&host, "/api/user/change-password", body).await.status(), StatusCode::OK);
        thief.until_out().await;
    }
}

#[tokio::test]
async fn a_password_changed_in_a_sign_in_that_asks_for_it() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start_with(&[], 2).await;
        let (thief, store) = (Thief::sign_in(&cluster, workflow).await, store(workflow));
        cluster.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), json!({"user": {"passwordChangeRequired": true}})).await;
        assert!(thief.is_signed_in().await, "{workflow}: only the change of the password ends a sign-in");
        let browser = cluster.browser();
        let page = text(browser.post_form(&store, "/login", &[("username", USER), ("password", PASSWORD)]).await).await;
        let id = &*hidden(&page, "change_password_id");
        let fields = [("password", NEW_PASSWORD), ("change_password_id", id), ("username", USER)];
        assert_eq!(browser.post_form(&store, "/change-password", &fields).await.status(), StatusCode::FOUND, "{workflow}");
        thief.until_out().await;
    }
}

#[tokio::test]
async fn a_password_replaced_on_the_account_page_of_the_app() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start_with(&[], 2).await;
        let (thief, host) = (Thief::sign_in(&cluster, workflow).await, store("spa-backend"));
        let browser = cluster.browser();
        browser.sign_in(&host, USER).await;
        let body = json!({"currentPassword": PASSWORD, "password": NEW_PASSWORD});
        assert_eq!(browser.post_json(&host, "/api/account/password", body).await.status(), StatusCode::OK);
        thief.until_out().await;
    }
}

#[tokio::test]
async fn a_password_replaced_a_sign_out_everywhere_and_a_deletion() {
    for (path, fields) in [
        ("/account/password", vec![("current_password", PASSWORD), ("password", NEW_PASSWORD)]),
        ("/logout", vec![("everywhere", "yes")]),
        ("/account/delete", vec![("current_password", PASSWORD)]),
    ] {
        for workflow in WORKFLOWS {
            let cluster = TestCluster::start_with(&[], 2).await;
            let thief = Thief::sign_in(&cluster, workflow).await;
            let answer = owner(&cluster, workflow).await.post_form(&store(workflow), path, &fields).await;
            assert!(answer.status().is_redirection(), "{workflow} {path}: {}", text(answer).await);
            thief.until_out().await;
        }
    }
}

/// FusionAuth changes the password or deletes the user, and its answer does not reach this server.
#[tokio::test]
async fn a_password_replaced_and_a_deletion_with_a_lost_answer() {
    for (method, at_fusionauth, path, fields) in [
        ("POST", "/api/user/change-password", "/account/password", vec![("current_password", PASSWORD), ("password", NEW_PASSWORD)]),
        ("DELETE", DELETED, "/account/delete", vec![("current_password", PASSWORD)]),
    ] {
        for workflow in WORKFLOWS {
            let cluster = TestCluster::start_with(&[], 2).await;
            let thief = Thief::sign_in(&cluster, workflow).await;
            let owner = owner(&cluster, workflow).await;
            cluster.fault(json!({"path": at_fusionauth, "method": method, "times": 1, "cut": "headers"})).await;
            let answer = owner.post_form(&store(workflow), path, &fields).await;
            assert!(method == "DELETE" || text(answer).await.contains("may already have changed"), "{workflow} {path}");
            thief.until_out().await;
        }
    }
}

/// FusionAuth deletes the user and its answer is lost, or it does not delete the user at first. In both cases, the user's data are deleted
/// at once, and an instance that starts later repeats the deletion.
#[tokio::test]
async fn a_deletion_is_repeated_until_fusionauth_confirms_it() {
    for effect in [json!({"cut": "headers"}), json!({"status": 503})] {
        let (cluster, host) = (TestCluster::start().await, store("webapp-session"));
        let browser = owner(&cluster, "webapp-session").await;
        let mut fault = json!({"path": DELETED, "method": "DELETE"});
        fault.as_object_mut().unwrap().extend(effect.as_object().unwrap().clone());
        cluster.fault(fault).await;
        let answer = browser.post_form(&host, "/account/delete", &[("current_password", PASSWORD)]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login"), "{effect}");
        assert_eq!(cluster.count(&format!("cart_lines WHERE user_id = '{SHOPPER}'")).await, 0);
        // This has the same effect as if half a minute had passed.
        let aged = sqlx::query("UPDATE deleted_users SET deleted_at = 0 WHERE application <> ''").execute(&cluster.database().await).await;
        assert_eq!(aged.unwrap().rows_affected(), 1, "{effect}: FusionAuth has not confirmed the deletion");
        cluster.no_faults().await;
        let _started = cluster.stoppable_instance().await;
        cluster.until_count("deleted_users WHERE application <> ''", 0).await;
        let login = json!({"applicationId": STORE, "loginId": USER, "password": PASSWORD});
        let answer = cluster.browser().bare(Method::POST, &auth("spa-local-storage"), "/api/login").json(&login).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{effect}");
    }
}

#[tokio::test]
async fn a_deletion_that_fusionauth_refuses_changes_nothing() {
    let (cluster, host) = (TestCluster::start().await, store("webapp-session"));
    let browser = owner(&cluster, "webapp-session").await;
    cluster.fault(json!({"path": DELETED, "method": "DELETE", "status": 401})).await;
    let answer = browser.post_form(&host, "/account/delete", &[("current_password", PASSWORD)]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(browser.get(&host, "/shopping-cart").await.status(), StatusCode::OK);
    assert_eq!(cluster.count("deleted_users").await, 0);
    assert_eq!(cluster.count(&format!("cart_lines WHERE user_id = '{SHOPPER}'")).await, 3);
}

/// This server rejects the tokens before they expire, without a webhook from FusionAuth.
#[tokio::test]
async fn a_deletion_ends_access_tokens_that_are_held_elsewhere() {
    let cluster = TestCluster::start().await;
    let host = store("spa-local-storage");
    let login = json!({"applicationId": STORE, "loginId": USER, "password": PASSWORD});
    let stolen: Value = cluster.admin(Method::POST, "/api/login", login).await.json().await.unwrap();
    let read = async || {
        let request = cluster.browser().request(Method::GET, &host, "/api/load-shopping-cart");
        request.bearer_auth(stolen["token"].as_str().unwrap()).send().await.unwrap().status()
    };
    assert_eq!(read().await, StatusCode::OK);
    let owner = owner(&cluster, "webapp-session").await;
    owner.post_form(&store("webapp-session"), "/account/delete", &[("current_password", PASSWORD)]).await;
    assert_eq!(read().await, StatusCode::UNAUTHORIZED);
}

/// An administrator acts at FusionAuth and not on this server. FusionAuth reports the change through its webhook.
#[tokio::test]
async fn what_an_administrator_ends_at_fusionauth() {
    for workflow in WORKFLOWS {
        for (event, method, path, body) in [
            ("jwt.refresh-token.revoke", Method::DELETE, format!("/api/jwt/refresh?userId={SHOPPER}"), Value::Null),
            ("user.password.update", Method::PATCH, format!("/api/user/{SHOPPER}"), json!({"user": {"password": NEW_PASSWORD}})),
            ("user.deactivate", Method::DELETE, format!("/api/user/{SHOPPER}"), Value::Null), // FusionAuth's way to lock a user
            ("user.delete", Method::DELETE, format!("/api/user/{SHOPPER}?hardDelete=true"), Value::Null),
        ] {
            let cluster = TestCluster::start_with(&[], 2).await;
            let url = format!("http://{}:{}/api/fusionauth/events", store(workflow), cluster.addresses[0].port());
            let signature = json!({"enabled": true, "signingKeyId": "30000000-0000-0000-0000-000000000002"});
            // FusionAuth sends only this event, although a lock and a new password also revoke refresh tokens.
            let webhook = json!({"url": url, "global": true, "eventsEnabled": {event: true}, "signatureConfiguration": signature});
            cluster.admin(Method::POST, "/api/webhook", json!({ "webhook": webhook })).await;
            let thief = Thief::sign_in(&cluster, workflow).await;
            cluster.admin(method, &path, body).await;
            thief.until_out().await;
        }
    }
}

/// An old session keeps the user's former email. After a change at FusionAuth, another account may have this email.
#[tokio::test]
async fn another_account_with_the_email_of_a_session_changes_nothing() {
    let cluster = TestCluster::start().await;
    let host = store("webapp-session");
    let victim = owner(&cluster, "webapp-session").await;
    let user = async |id: &str, email: &str| {
        cluster.replace(&format!("/api/user/{id}"), json!({"user": {"email": email, "verified": true}})).await;
    };
    user(SHOPPER, "moved@example.com").await;
    let attacker = "20000000-0000-0000-0000-000000000002";
    cluster.replace(&format!("/api/user/{attacker}"), json!({"user": {"email": USER, "password": NEW_PASSWORD}})).await;
    for (path, fields) in [
        ("/account/delete", vec![("current_password", NEW_PASSWORD)]),
        ("/account/password", vec![("current_password", NEW_PASSWORD), ("password", "a-third-password")]),
    ] {
        let answer = victim.post_form(&host, path, &fields).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(text(answer).await.contains("That is not your current password."), "{path}");
    }
    let login = json!({"applicationId": STORE, "loginId": USER, "password": NEW_PASSWORD});
    cluster.admin(Method::POST, "/api/login", login).await;
}
