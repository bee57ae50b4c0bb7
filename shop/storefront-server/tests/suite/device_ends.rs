//! Each end of a sign-in ends the key of its device, on every instance: the next refresh tells the browser so.

use crate::account::ids;
use crate::device::{BOUND_COOKIE, Device, assert_has_ended, cluster, sign_in};
use crate::forgotten_password::mailed_path;
use crate::test_cluster::{HANG_GUARD, NEW_PASSWORD, PASSWORD, TestCluster, set_cookies, store};
use crate::webapp_steps::text;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use storefront_server::auth::revoked_access::{LONGEST_TOKEN_LIFE, RevokedAccess, Subject};
use storefront_server::clock::now_ms;
use test_support::device_proofs::KEYS;
use test_support::issuer::{FORUMS, SHOPPER, STORE};

/// What ends a sign-in.
#[derive(Clone, Copy, Debug)]
enum End {
    /// The browser signs out.
    SignOut,
    /// The user sends this form from another device.
    Form(&'static str, &'static [(&'static str, &'static str)]),
    /// The user ends this session from another device.
    OneSession,
    /// The user changes the password by a mailed link.
    MailedPassword,
    /// FusionAuth refuses the renewal.
    RefusedRenewal,
    /// FusionAuth has locked the user, and the server asks it because of a request with the session.
    UserCheck,
    /// An administrator sends FusionAuth this request, and FusionAuth's webhook reports this event.
    Webhook(&'static str, &'static str),
}

const ENDS: [End; 16] = [
    End::SignOut,
    End::Form("/logout", &[("everywhere", "yes")]),
    End::Form("/account/password", &[("current_password", PASSWORD), ("password", NEW_PASSWORD)]),
    End::Form("/account/delete", &[("current_password", PASSWORD)]),
    End::Form("/account/sessions/end-others", &[]),
    End::OneSession,
    End::MailedPassword,
    End::RefusedRenewal,
    End::UserCheck,
    End::Webhook("user.deactivate", "DELETE /api/user/USER"),
    End::Webhook("user.delete", "DELETE /api/user/USER?hardDelete=true"),
    End::Webhook("user.password.update", "PATCH /api/user/USER"),
    End::Webhook("jwt.refresh-token.revoke", "DELETE /api/jwt/refresh/SESSION"),
    End::Webhook("jwt.refresh-token.revoke", "DELETE /api/jwt/refresh?userId=USER"),
    End::Webhook("jwt.refresh-token.revoke", "DELETE /api/jwt/refresh?userId=USER&applicationId=STORE"),
    End::Webhook("jwt.refresh-token.revoke", "DELETE /api/jwt/refresh?applicationId=STORE"),
];

/// FusionAuth's id of the device's session.
async fn session_of(cluster: &TestCluster, device: &Device) -> String {
    let query = sqlx::query_scalar("SELECT refresh_token_id FROM token_families WHERE id = $1").bind(&device.id);
    query.fetch_one(&cluster.database().await).await.unwrap()
}

async fn end_sign_in(cluster: &TestCluster, device: &Device, end: End) {
    let (browser, host) = (&device.browser, &device.host);
    let elsewhere = async || {
        let browser = cluster.browser();
        sign_in(&browser, "webapp-session").await;
        browser
    };
    match end {
        End::SignOut => {
            let answer = browser.post_form(host, "/logout", &[]).await;
            assert!(set_cookies(&answer).iter().any(|it| it.starts_with(BOUND_COOKIE) && it.contains("Max-Age=0")));
        }
        End::Form(path, fields) => {
            let answer = elsewhere().await.post_form(host, path, fields).await;
            assert!(answer.status().is_redirection(), "{end:?}: {}", answer.status());
        }
        End::OneSession => {
            let elsewhere = elsewhere().await;
            let others = ids(&text(elsewhere.get(host, "/account/sessions").await).await);
            elsewhere.post_form(host, "/account/sessions/end", &[("id", &others[0])]).await;
        }
        End::MailedPassword => {
            let visitor = cluster.browser();
            visitor.post_form(host, "/forgot-password", &[("username", "shopper@example.com")]).await;
            visitor.get(host, &mailed_path(cluster, "shopper@example.com", host).await).await;
            let answer = visitor.post_form(host, "/change-password", &[("password", NEW_PASSWORD)]).await;
            assert_eq!(answer.status(), StatusCode::FOUND);
        }
        End::RefusedRenewal => {
            cluster.revoke_all(SHOPPER).await;
            cluster.expire_sessions().await;
            browser.get(host, "/shopping-cart").await;
        }
        End::UserCheck => {
            cluster.admin(Method::DELETE, &format!("/api/user/{SHOPPER}"), Value::Null).await;
            sqlx::query("UPDATE sessions SET checked_at = 0").execute(&cluster.database().await).await.unwrap();
            browser.get(host, "/shopping-cart").await;
        }
        End::Webhook(event, request) => {
            let host = store("spa-local-storage");
            let url = format!("http://{host}:{}/api/fusionauth/events", cluster.addresses[0].port());
            let signature = json!({"enabled": true, "signingKeyId": "30000000-0000-0000-0000-000000000002"});
            let webhook = json!({"url": url, "global": true, "eventsEnabled": {event: true}, "signatureConfiguration": signature});
            cluster.admin(Method::POST, "/api/webhook", json!({ "webhook": webhook })).await;
            let session = session_of(cluster, device).await;
            let request = request.replace("USER", SHOPPER).replace("STORE", STORE).replace("SESSION", &session);
            let (method, path) = request.split_once(' ').unwrap();
            let password = json!({"user": {"password": NEW_PASSWORD}});
            cluster.admin(method.parse().unwrap(), path, if method == "PATCH" { password } else { Value::Null }).await;
        }
    }
}

#[tokio::test]
async fn each_end_of_a_sign_in_ends_the_key_of_its_device() {
    for end in ENDS {
        let cluster = cluster("offered", 2).await;
        // Access tokens count whole seconds, so an event ends no sign-in of its own second.
        cluster.set_back_clock(2_000);
        let device = Device::signed_in(&cluster, "webapp-session", &KEYS.p256).await;
        cluster.issue_fresh();
        assert_eq!(device.refresh().await.status(), StatusCode::OK);
        end_sign_in(&cluster, &device, end).await;
        // An event and the check of a user reach the server a little later.
        let has_ended = async { while device.refresh_request(None).send().await.unwrap().status() == StatusCode::FORBIDDEN {} };
        tokio::time::timeout(HANG_GUARD, has_ended).await.unwrap_or_else(|_| panic!("{end:?}: the key goes on"));
        assert_has_ended(&device).await;
    }
}

#[tokio::test]
async fn an_event_ends_the_older_sign_ins_of_its_user_and_application_alone() {
    let cluster = cluster("offered", 1).await;
    let user = |application: Option<&str>| Subject::User { user: SHOPPER.to_owned(), application: application.map(ToOwned::to_owned) };
    let of_another = Subject::User { user: "20000000-0000-0000-0000-000000000002".to_owned(), application: None };
    for (subject, moment, ends) in [
        (user(None), -5_000, false),
        (of_another, 5_000, false),
        (user(Some(FORUMS)), 5_000, false),
        (Subject::Application(FORUMS.to_owned()), 5_000, false),
        (user(None), 5_000, true),
        (user(Some(STORE)), 5_000, true),
        (Subject::Application(STORE.to_owned()), 5_000, true),
    ] {
        let device = Device::signed_in(&cluster, "webapp-jwt", &KEYS.p256).await;
        let revoked = RevokedAccess::new(cluster.database().await, Duration::ZERO);
        revoked.end(&subject, now_ms() + moment, LONGEST_TOKEN_LIFE).await.unwrap();
        if ends {
            assert_has_ended(&device).await;
        } else {
            assert_eq!(device.refresh().await.status(), StatusCode::OK, "{subject:?}");
        }
    }
}
