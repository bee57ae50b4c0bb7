//! Signs in at FusionAuth's emulator, which runs in this process, and calls the backend.

use fusionauth_emulator::{Clock, Config, Emulator};
use serde_json::{Value, json};
use server::{Settings, router};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const APPLICATION: &str = "40000000-0000-0000-0000-000000000001";
const SIGNING_KEY: &str = "40000000-0000-0000-0000-000000000003";
const API_KEY: &str = "development-only-api-key";

fn config() -> Config {
    Config::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../kickstart.json"))
}

fn settings(fusionauth: &Emulator) -> Settings {
    Settings { fusionauth_url: fusionauth.base_url(), issuer: "demo.example".into(), application_id: APPLICATION.into() }
}

/// Starts the backend on a free port, and returns its URL.
async fn backend(settings: Settings) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(settings, Path::new("no-app-in-tests"))).await });
    url
}

async fn sign_in(fusionauth: &Emulator) -> String {
    let user = json!({"applicationId": APPLICATION, "loginId": "ann@example.com", "password": "correct-horse-battery"});
    let login = client().post(format!("{}/api/login", fusionauth.base_url())).json(&user);
    let answer: Value = login.send().await.unwrap().json().await.unwrap();
    answer["token"].as_str().expect("a token").to_owned()
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn notes(backend: &str, token: &str) -> reqwest::Response {
    client().get(format!("{backend}/api/notes")).bearer_auth(token).send().await.unwrap()
}

#[tokio::test]
async fn a_signed_in_user_reads_notes() {
    let fusionauth = Emulator::start(config()).await.unwrap();
    let backend = backend(settings(&fusionauth)).await;
    let answer = notes(&backend, &sign_in(&fusionauth).await).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Vec<String>>().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_request_without_a_valid_token_is_refused() {
    let fusionauth = Emulator::start(config()).await.unwrap();
    let backend = backend(settings(&fusionauth)).await;
    let without = client().get(format!("{backend}/api/notes")).send().await.unwrap();
    assert_eq!(without.status(), 401);
    let token = sign_in(&fusionauth).await;
    let (claims, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{claims}.{}", signature.chars().rev().collect::<String>());
    for token in ["not a token", claims, &forged] {
        assert_eq!(notes(&backend, token).await.status(), 401, "{token}");
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_or_application_is_refused() {
    let fusionauth = Emulator::start(config()).await.unwrap();
    let token = sign_in(&fusionauth).await;
    let other_issuer = Settings { issuer: "other.example".into(), ..settings(&fusionauth) };
    let other_application = Settings { application_id: "40000000-0000-0000-0000-000000000009".into(), ..settings(&fusionauth) };
    for settings in [other_issuer, other_application] {
        assert_eq!(notes(&backend(settings).await, &token).await.status(), 401);
    }
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    let an_hour_ago = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64 - 3_600_000;
    let fusionauth = Emulator::start(Config { clock: Clock::new(an_hour_ago), ..config() }).await.unwrap();
    let backend = backend(settings(&fusionauth)).await;
    assert_eq!(notes(&backend, &sign_in(&fusionauth).await).await.status(), 401);
}

#[tokio::test]
async fn an_exchanged_token_and_an_identity_token_are_refused() {
    let fusionauth = Emulator::start(config()).await.unwrap();
    let backend = backend(settings(&fusionauth)).await;
    let exchange = client().get(format!("{}/api/jwt/issue?applicationId={APPLICATION}", fusionauth.base_url()));
    let exchanged: Value = exchange.bearer_auth(sign_in(&fusionauth).await).send().await.unwrap().json().await.unwrap();
    assert_eq!(notes(&backend, exchanged["token"].as_str().expect("a token")).await.status(), 401);

    let oauth = json!({"enabledGrants": ["password"], "clientAuthenticationPolicy": "NotRequired"});
    let grants = json!({"application": {"oauthConfiguration": oauth}});
    let change = client().patch(format!("{}/api/application/{APPLICATION}", fusionauth.base_url())).json(&grants);
    assert_eq!(change.header("authorization", API_KEY).send().await.unwrap().status(), 200);
    let grant = format!("grant_type=password&client_id={APPLICATION}&username=ann@example.com&password=correct-horse-battery&scope=openid");
    let request = client().post(format!("{}/oauth2/token", fusionauth.base_url())).body(grant);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    let tokens: Value = answer.json().await.unwrap();
    let status = async |name: &str| notes(&backend, tokens[name].as_str().unwrap_or_else(|| panic!("{tokens}"))).await.status();
    assert_eq!((status("access_token").await.as_u16(), status("id_token").await.as_u16()), (200, 401));
}

#[tokio::test]
async fn a_user_with_an_unverified_email_is_refused() {
    let fusionauth = Emulator::start(config()).await.unwrap();
    let backend = backend(settings(&fusionauth)).await;
    for (is_verified, status) in [(json!(true), 200), (json!(false), 403), (json!(null), 200)] {
        let claims =
            json!({"iss": "demo.example", "aud": APPLICATION, "applicationId": APPLICATION, "sub": "ann", "email_verified": is_verified});
        let body = json!({"keyId": SIGNING_KEY, "claims": claims});
        let vend = client().post(format!("{}/api/jwt/vend", fusionauth.base_url())).json(&body).header("authorization", API_KEY);
        let vended: Value = vend.send().await.unwrap().json().await.unwrap();
        assert_eq!(notes(&backend, vended["token"].as_str().expect("a token")).await.status(), status);
    }
}
