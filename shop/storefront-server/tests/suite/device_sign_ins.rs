//! Each kind of sign-in offers the browser to register a key.

use crate::browse::hidden;
use crate::device::{Device, WORKFLOWS, cluster_with};
use crate::forgotten_password::{code_state, mailed_path};
use crate::passkeys::made;
use crate::test_cluster::{NEW_PASSWORD, PASSWORD, TestCluster, store};
use crate::webapp_steps::text;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use test_support::authenticator::Authenticator;
use test_support::device_proofs::KEYS;
use test_support::totp;

const USER: &str = "shopper@example.com";

/// A way to sign in other than the password alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SecondFactor,
    Passkey,
    Registration,
    Join,
    /// The user must change the password.
    RequiredPassword,
    /// The user changes the password by a mailed link. In the app, a one-time password signs in then.
    MailedLink,
}

const KINDS: [Kind; 6] = [Kind::SecondFactor, Kind::Passkey, Kind::Registration, Kind::Join, Kind::RequiredPassword, Kind::MailedLink];

/// Signs in, and returns the answer to the last request. `None` if the workflow has no such sign-in.
async fn sign_in(cluster: &TestCluster, workflow: &str, kind: Kind) -> Option<Response> {
    let (browser, host) = (cluster.browser(), store(workflow));
    let post = async |path: &str, body: Value| browser.post_json(&host, path, body).await;
    let read = async |answer: Response| answer.json::<Value>().await.unwrap();
    let form = async |path: &str, fields: &[(&str, &str)]| browser.post_form(&host, path, fields).await;
    Some(match (kind, workflow == "spa-backend") {
        (Kind::SecondFactor, true) => {
            let asked = read(post("/api/login", json!({"loginId": "twofactor@example.com", "password": PASSWORD})).await).await;
            post("/api/two-factor/login", json!({"twoFactorId": asked["twoFactorId"], "code": totp::now()})).await
        }
        (Kind::SecondFactor, false) => {
            let page = text(form("/login", &[("username", "twofactor@example.com"), ("password", PASSWORD)]).await).await;
            let (state, code) = (code_state(&page), totp::now());
            let state = state.iter().map(|(name, value)| (*name, value.as_str()));
            form("/login/code", &state.chain([("code", code.as_str())]).collect::<Vec<_>>()).await
        }
        (Kind::Passkey, true) => {
            browser.sign_in(&host, USER).await;
            let mut phone = Authenticator::new(&format!("https://{host}"), &host);
            let options = read(post("/api/account/passkeys/start", json!({"name": "x"})).await).await;
            assert_eq!(post("/api/account/passkeys", made(&mut phone, &options)).await.status(), StatusCode::OK);
            let options = read(post("/api/passkeys/start", json!({"loginId": USER})).await).await;
            post("/api/webauthn/login", json!({"credential": phone.get(&options), "applicationId": "any"})).await
        }
        (Kind::MailedLink, true) => {
            post("/api/user/forgot-password", json!({"loginId": USER})).await;
            let link = mailed_path(cluster, USER, &host).await;
            let change = json!({"changePasswordId": link.rsplit('/').next().unwrap(), "password": NEW_PASSWORD});
            let changed = read(post("/api/user/change-password", change).await).await;
            post("/api/login", json!({"oneTimePassword": changed["oneTimePassword"]})).await
        }
        (Kind::MailedLink, false) => {
            form("/forgot-password", &[("username", USER)]).await;
            browser.get(&host, &mailed_path(cluster, USER, &host).await).await;
            form("/change-password", &[("password", NEW_PASSWORD)]).await
        }
        (Kind::RequiredPassword, false) => {
            let page = text(form("/login", &[("username", "change@example.com"), ("password", PASSWORD)]).await).await;
            let id = &*hidden(&page, "change_password_id");
            form("/change-password", &[("change_password_id", id), ("password", NEW_PASSWORD), ("username", "change@example.com")]).await
        }
        (Kind::Registration, false) => form("/register", &[("email", "new@example.com"), ("password", NEW_PASSWORD)]).await,
        (Kind::Join, false) => form("/login/join", &[("username", "unregistered@example.com"), ("password", PASSWORD)]).await,
        // The server-rendered pages have no passkeys. The app signs in by itself after the other three, with a password or as above.
        (Kind::Passkey, false) | (Kind::Registration | Kind::Join | Kind::RequiredPassword, true) => return None,
    })
}

#[tokio::test]
async fn each_kind_of_sign_in_offers_a_key() {
    for workflow in WORKFLOWS {
        let cluster = cluster_with(&["--register-verified"], "offered", 1).await;
        for kind in KINDS {
            let Some(answer) = sign_in(&cluster, workflow, kind).await else { continue };
            let is_offered = answer.headers().contains_key("secure-session-registration");
            assert!(is_offered, "{workflow} {kind:?}: {}", answer.status());
            Device::offered(&cluster.browser(), &store(workflow), &answer, &KEYS.p256);
        }
    }
}
