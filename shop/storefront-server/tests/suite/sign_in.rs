//! A sign-in from end to end: a client gets its tokens from the emulator, and uses the Store and the Forums with them.

use crate::test_server::{Host, TestServer, problem};
use fusionauth_emulator::{Config, Emulator};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;
use storefront_api::{Cart, Post, User};
use test_support::issuer::{FORUMS, Issuer, SECOND, SHOPPER, STORE};
use test_support::kickstart::{API_KEY, KICKSTART, PASSWORD, environment};

struct ServerAndEmulator {
    server: TestServer,
    fusionauth: Emulator,
    client: Client,
}

async fn both() -> ServerAndEmulator {
    let fusionauth = Emulator::start(Config { environment: environment(), ..Config::new(KICKSTART) }).await.unwrap();
    let url = fusionauth.base_url();
    let server = TestServer::start_on(Issuer::start().await, &url, &["--demo-data"]).await;
    ServerAndEmulator { server, fusionauth, client: Client::builder().no_proxy().build().unwrap() }
}

impl ServerAndEmulator {
    /// Signs in at FusionAuth and returns the access token.
    async fn sign_in(&self, login_id: &str, application_id: &str) -> String {
        let credentials = json!({"loginId": login_id, "password": PASSWORD, "applicationId": application_id});
        let answer = self.client.post(format!("{}/api/login", self.fusionauth.base_url())).json(&credentials).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned()
    }

    async fn store(&self, path: &str, token: &str) -> reqwest::Response {
        self.server.get(Host::Store, path).bearer_auth(token).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_user_who_signs_in_finds_their_own_cart() {
    let both = both().await;
    for (login_id, user_id, lines) in [("shopper@example.com", SHOPPER, 3), ("second@example.com", SECOND, 0)] {
        let token = both.sign_in(login_id, STORE).await;
        let user: User = both.store("/api/user", &token).await.json().await.unwrap();
        assert_eq!((user.id.as_str(), user.email.as_deref()), (user_id, Some(login_id)));
        let cart: Cart = both.store("/api/load-shopping-cart", &token).await.json().await.unwrap();
        assert_eq!(cart.lines.len(), lines, "{login_id}");
    }
}

#[tokio::test]
async fn a_forums_token_writes_posts_and_never_opens_the_store() {
    let both = both().await;
    let token = both.sign_in("shopper@example.com", FORUMS).await;
    let post =
        both.server.ask(Method::POST, Host::Forums, "/api/posts").bearer_auth(&token).json(&json!({"body": "Hello"})).send().await.unwrap();
    assert_eq!(post.status(), StatusCode::CREATED);
    assert_eq!(post.json::<Post>().await.unwrap().author, "Shopper");

    let refused = both.store("/api/load-shopping-cart", &token).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(problem(refused).await.kind, "/problems/token-of-another-application");
    assert_eq!(both.store("/api/user", &token).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let both = both().await;
    let life = json!({"application": {"jwtConfiguration": {"enabled": true, "timeToLiveInSeconds": 7_200}}});
    let patched = both
        .client
        .patch(format!("{}/api/application/{STORE}", both.fusionauth.base_url()))
        .header("authorization", API_KEY)
        .json(&life)
        .send()
        .await
        .unwrap();
    assert_eq!(patched.status(), StatusCode::OK);

    let token = both.sign_in("shopper@example.com", STORE).await;
    for _ in 0..2 {
        assert_eq!(both.store("/api/load-shopping-cart", &token).await.status(), StatusCode::OK);
        both.server.clock.advance(Duration::from_secs(3_600));
    }
    let answer = both.store("/api/load-shopping-cart", &token).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(problem(answer).await.kind, "/problems/token-expired");
}
