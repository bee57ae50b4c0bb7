//! Tests that both the emulator and a real FusionAuth must pass, if they are set up from the same kickstart.json. By default
//! the tests start an emulator. `cargo xtask test --against http://127.0.0.1:9012` runs them against a real
//! FusionAuth (`shop/fusionauth/compose.yaml`); there they revoke sessions, and create one user and delete it again.

use crate::test_emulator::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE, TestEmulator, TestResponse, claims, client, send};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The FusionAuth, real or emulated, that the tests send requests to.
struct Target {
    url: String,
    client: Client,
    /// The emulator stops at the end of the test. `None` for a real FusionAuth.
    _emulator: Option<TestEmulator>,
}

impl Target {
    async fn find() -> Self {
        match std::env::var("FUSIONAUTH_AGAINST") {
            Ok(url) => Self { url: url.trim_end_matches('/').to_owned(), client: client(), _emulator: None },
            Err(_) => {
                let emulator = TestEmulator::start().await;
                Self { url: emulator.url(), client: client(), _emulator: Some(emulator) }
            }
        }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> TestResponse {
        send(&self.client, method, &format!("{}{path}", self.url), headers, body).await
    }

    async fn post(&self, path: &str, body: Value) -> TestResponse {
        self.send(Method::POST, path, &[], body).await
    }

    async fn admin(&self, method: Method, path: &str, body: Value) -> TestResponse {
        self.send(method, path, &[("authorization", API_KEY)], body).await
    }

    async fn login(&self, name: &str) -> TestResponse {
        self.post("/api/login", json!({"applicationId": STORE, "loginId": name, "password": PASSWORD})).await
    }
}

#[tokio::test]
async fn logins() {
    let target = Target::find().await;
    // unverified@example.com is left out, because its answer depends on the plan of a real instance.
    for (name, status) in
        [("shopper", 200), ("second", 200), ("unregistered", 202), ("change", 203), ("twofactor", 242), ("locked", 423), ("nobody", 404)]
    {
        let answer = target.login(&format!("{name}@example.com")).await;
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{name}");
        assert_eq!(answer.text.is_empty(), [404, 423].contains(&status), "{name}");
    }
    let wrong = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": "wrong"});
    assert_eq!(target.post("/api/login", wrong).await.status, 404);
    assert_eq!(target.post("/api/login", json!({"loginId": "shopper@example.com", "password": PASSWORD})).await.status, 401);
    let unknown = json!({"applicationId": SHOPPER, "loginId": "shopper@example.com", "password": PASSWORD});
    assert_eq!(target.post("/api/login", unknown).await.codes(), [("applicationId".to_owned(), "[invalid]applicationId".to_owned())]);
}

#[tokio::test]
async fn tokens_cookies_and_their_end() {
    let target = Target::find().await;
    let login = target.login("shopper@example.com").await;
    let (access, refresh) = (login.member("token"), login.member("refreshToken"));
    let payload = claims(&access);
    for (name, value) in
        [("aud", STORE), ("applicationId", STORE), ("iss", "storefront.example"), ("sub", SHOPPER), ("authenticationType", "PASSWORD")]
    {
        assert_eq!(payload[name], json!(value), "{name}");
    }
    assert_eq!(payload["roles"], json!(["user"]));
    assert_eq!(payload["exp"].as_i64().unwrap() - payload["iat"].as_i64().unwrap(), 300);
    let cookies = login.cookies();
    assert!(
        cookies
            .iter()
            .any(|it| it.starts_with("access_token=") && it.contains("HttpOnly") && !it.contains("Max-Age") && !it.contains("Domain"))
    );
    assert!(
        cookies.iter().any(|it| it.starts_with("refresh_token=")
            && it.contains("HttpOnly")
            && it.contains("Max-Age=2592000")
            && !it.contains("Domain"))
    );

    let cookie = format!("refresh_token={refresh}");
    let renewed = target.send(Method::POST, "/api/jwt/refresh", &[("cookie", &cookie)], json!({"refreshToken": "wrong"})).await;
    assert_eq!((renewed.status, renewed.member("refreshToken")), (200, refresh.clone()), "the cookie must take precedence");
    assert_eq!(claims(&renewed.member("token"))["authenticationType"], json!("REFRESH_TOKEN"));
    let bearer = format!("Bearer {access}");
    assert_eq!(target.send(Method::GET, "/api/jwt/validate", &[("authorization", &bearer)], Value::Null).await.status, 200);
    assert_eq!(target.send(Method::GET, "/api/jwt/validate", &[("authorization", "Bearer x")], Value::Null).await.status, 401);
    assert_eq!(
        target.send(Method::GET, "/api/user", &[("authorization", &bearer)], Value::Null).await.json()["user"]["id"],
        json!(SHOPPER)
    );

    let out = target.send(Method::POST, "/api/logout", &[("cookie", &cookie)], json!({})).await;
    assert_eq!((out.status, out.text.as_str()), (200, ""));
    let refused = target.post("/api/jwt/refresh", json!({"refreshToken": refresh})).await;
    assert_eq!((refused.status, refused.codes()), (400, vec![("refreshToken".to_owned(), "[invalid]refreshToken".to_owned())]));
    assert_eq!(
        target.send(Method::GET, "/api/jwt/validate", &[("authorization", &bearer)], Value::Null).await.status,
        200,
        "a logout must not revoke the access token"
    );
}

#[tokio::test]
async fn the_refresh_grant() {
    let target = Target::find().await;
    let refresh = target.login("second@example.com").await.member("refreshToken");
    let grant = async |id: &str, secret: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", id), ("client_secret", secret)];
        let request =
            target.client.post(format!("{}/oauth2/token", target.url)).header("content-type", "application/x-www-form-urlencoded");
        TestResponse::read(request.body(serde_urlencoded::to_string(form).unwrap()).send().await.unwrap()).await
    };
    let answer = grant(STORE, "development-only-store-client-secret").await;
    assert_eq!((answer.status, &answer.json()["token_type"], answer.cookies().len()), (200, &json!("Bearer"), 0));
    assert_eq!(grant(STORE, "wrong").await.status, 401);
    assert_eq!(grant(FORUMS, "development-only-forums-client-secret").await.json()["error"], json!("invalid_grant"));
}

#[tokio::test]
async fn cross_origin_calls() {
    let target = Target::find().await;
    let origin = ("origin", "http://store.spa-local-storage.localhost:8080");
    let allowed = target.send(Method::POST, "/api/jwt/refresh", &[origin], json!({"refreshToken": "x"})).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (400, Some(origin.1)));
    assert_eq!(allowed.header("access-control-allow-credentials"), Some("true"));
    let bare = target.send(Method::POST, "/api/logout", &[origin], Value::Null).await;
    assert_eq!((bare.status, bare.header("access-control-allow-origin")), (403, None), "no Content-Type");
    let other = target.send(Method::POST, "/api/logout", &[("origin", "http://evil.example")], json!({})).await;
    assert_eq!((other.status, other.text.as_str()), (403, ""));
    let ask = [origin, ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
    let preflight = target.send(Method::OPTIONS, "/api/login", &ask, Value::Null).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (204, Some("POST")));
}

#[tokio::test]
async fn registration_password_change_and_farewell() {
    let target = Target::find().await;
    let email = format!("{}@example.com", uuid::Uuid::new_v4());
    let register = |password: &str| json!({"skipVerification": true, "skipRegistrationVerification": true, "user": {"email": email, "password": password}, "registration": {"applicationId": STORE}});
    let short = target.admin(Method::POST, "/api/user/registration", register("short")).await;
    assert_eq!(short.codes(), [("user.password".to_owned(), "[tooShort]user.password".to_owned())]);
    let made = target.admin(Method::POST, "/api/user/registration", register(PASSWORD)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let id = made.json()["user"]["id"].as_str().unwrap().to_owned();
    let again = target.admin(Method::POST, "/api/user/registration", register(PASSWORD)).await;
    assert_eq!(again.codes(), [("user.email".to_owned(), "[duplicate]user.email".to_owned())]);
    let session = target.login(&email).await.member("refreshToken");
    let forgot = json!({"loginId": email, "sendForgotPasswordMessage": false});
    let change = target.admin(Method::POST, "/api/user/forgot-password", forgot).await.member("changePasswordId");
    let changed = target.post("/api/user/change-password", json!({"changePasswordId": change, "password": "another-good-password"})).await;
    let once = json!({"applicationId": STORE, "oneTimePassword": changed.member("oneTimePassword")});
    assert_eq!(target.post("/api/login", once).await.status, 200);
    assert_eq!(target.post("/api/jwt/refresh", json!({"refreshToken": session})).await.status, 400, "a password change must end sessions");
    assert_eq!(target.admin(Method::DELETE, &format!("/api/user/{id}?hardDelete=true"), Value::Null).await.status, 200);
    assert_eq!(target.login(&email).await.status, 404);
}
