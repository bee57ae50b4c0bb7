//! An emulator with the storefront's kickstart.json, and a client that stores no cookies.

use fusionauth_emulator::{Clock, Config, Emulator, UnknownMembers};
use reqwest::{Client, Method, Response, header};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
pub(crate) use test_support::http_client as client;
pub(crate) use test_support::kickstart::{API_KEY, FORUMS, PASSWORD, SHOPPER, STORE};
use test_support::kickstart::{KICKSTART, environment};

pub(crate) const TENANT: &str = "30000000-0000-0000-0000-000000000001";
/// The emulated time at which every test begins, in milliseconds since 1970.
pub(crate) const START_MS: i64 = 1_800_000_000_000;

/// A wait that takes longer than this fails its test. The limit only detects hangs, so it is generous.
pub(crate) const HANG_GUARD: std::time::Duration = std::time::Duration::from_secs(120);

/// An emulator in memory with the storefront's kickstart.json.
pub(crate) fn config() -> Config {
    Config { environment: environment(), ..Config::new(KICKSTART) }
}

/// A running emulator. Its clock advances only when the test advances it.
pub(crate) struct TestEmulator {
    running: Emulator,
    pub(crate) client: Client,
    now_ms: Arc<AtomicI64>,
}

/// An answer, with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl TestEmulator {
    pub(crate) async fn start() -> Self {
        Self::start_with(config()).await
    }

    /// Starts an emulator with this configuration, except that the test controls the clock and unknown members are refused.
    pub(crate) async fn start_with(mut config: Config) -> Self {
        let now_ms = Arc::new(AtomicI64::new(START_MS));
        let clock = Arc::clone(&now_ms);
        config.unknown_members = UnknownMembers::Refuse;
        config.clock = Clock::new(move || clock.load(Ordering::SeqCst));
        let running = Emulator::start(config).await.unwrap();
        Self { running, client: client(), now_ms }
    }

    pub(crate) fn url(&self) -> String {
        self.running.base_url()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    pub(crate) fn advance_seconds(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) fn advance_milliseconds(&self, milliseconds: i64) {
        self.now_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }

    pub(crate) fn now_seconds(&self) -> i64 {
        self.now_ms.load(Ordering::SeqCst) / 1_000
    }

    /// Like [`send`].
    pub(crate) async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> TestResponse {
        send(&self.client, method, &format!("{}{path}", self.url()), headers, body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> TestResponse {
        self.send(Method::POST, path, &[], body).await
    }

    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> TestResponse {
        let headers = [("authorization", API_KEY), ("content-type", "application/merge-patch+json")];
        let headers = if method == Method::PATCH { &headers[..] } else { &headers[..1] };
        self.send(method, path, headers, body).await
    }

    pub(crate) async fn login(&self, login_id: &str) -> TestResponse {
        self.post("/api/login", json!({"applicationId": STORE, "loginId": login_id, "password": PASSWORD})).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> TestResponse {
        self.send(Method::POST, "/api/jwt/refresh", &[("cookie", &format!("refresh_token={refresh_token}"))], json!({})).await
    }

    /// Changes the tenant's settings.
    pub(crate) async fn patch_tenant(&self, settings: Value) {
        let answer = self.admin(Method::PATCH, &format!("/api/tenant/{TENANT}"), json!({"tenant": settings})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Changes the Store's settings.
    pub(crate) async fn patch_store(&self, settings: Value) {
        let answer = self.admin(Method::PATCH, &format!("/api/application/{STORE}"), json!({"application": settings})).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// How many password hashes the emulator has computed, by their cost.
    pub(crate) async fn password_hashes(&self) -> Value {
        self.send(Method::GET, "/emulator/hashes", &[], Value::Null).await.json()["hashes"].clone()
    }

    /// The value with this name, such as `changePasswordId`, in the newest message.
    pub(crate) async fn mailed(&self, name: &str) -> String {
        let mail = self.send(Method::GET, "/emulator/mail", &[], Value::Null).await.json();
        let newest = mail["messages"].as_array().unwrap().last().cloned().unwrap_or_default();
        newest["values"][name].as_str().unwrap_or_else(|| panic!("no {name} in {newest}")).to_owned()
    }

    pub(crate) async fn patch_jwt(&self, settings: Value) {
        let body = json!({"application": {"jwtConfiguration": settings}});
        let answer = self.admin(Method::PATCH, &format!("/api/application/{STORE}"), body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

impl TestResponse {
    pub(crate) async fn read(response: Response) -> Self {
        Self { status: response.status().as_u16(), headers: response.headers().clone(), text: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {self:?}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|it| it.to_str().unwrap().to_owned()).collect()
    }

    /// The codes of the errors, each with its field. General errors have the field "".
    pub(crate) fn codes(&self) -> Vec<(String, String)> {
        let body = self.json();
        let code = |it: &Value| it["code"].as_str().unwrap().to_owned();
        let fields = body["fieldErrors"].as_object().into_iter().flatten();
        let fields = fields.flat_map(|(field, errors)| errors.as_array().unwrap().iter().map(move |it| (field.clone(), code(it))));
        let general = body["generalErrors"].as_array().into_iter().flatten().map(|it| (String::new(), code(it)));
        fields.chain(general).collect()
    }
}

/// Sends a request with these headers, and with a JSON body unless `body` is null.
pub(crate) async fn send(client: &Client, method: Method, url: &str, headers: &[(&str, &str)], body: Value) -> TestResponse {
    let mut request = client.request(method, url);
    if !body.is_null() {
        let given = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        request = if given { request } else { request.header(header::CONTENT_TYPE, "application/json") };
        request = request.body(body.to_string());
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    TestResponse::read(request.send().await.unwrap()).await
}

pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
