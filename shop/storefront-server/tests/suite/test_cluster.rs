//! A whole installation in one process: FusionAuth's emulator, one or several instances of the server on one database, and browsers with
//! separate cookie jars.
//!
//! Tests use a cluster where cookies, renewals or several instances matter. `test_server` is smaller, faster, and can sign any token.

use crate::command::{command, signal, started};
use crate::test_server::{bind, demo_database};
use fusionauth_emulator::{Clock, Config, Emulator};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};
use storefront_server::{clock::Clock as ServerClock, server::Server};
use tempfile::TempDir;
use test_support::http_client;
pub(crate) use test_support::kickstart::{API_KEY, PASSWORD};
use test_support::kickstart::{KICKSTART, environment};
use tokio::{net::TcpStream, process::Child, sync::oneshot, task::JoinHandle};
use wire_recorder::{Actor, Message, Recorder};

/// After this time, a test counts as hung. The limit does not measure speed.
pub(crate) const HANG_GUARD: std::time::Duration = std::time::Duration::from_secs(120);

/// The id of the template in `shop/fusionauth/kickstart.json` for messages of the server to users.
const MESSAGE_TEMPLATE: &str = "30000000-0000-0000-0000-000000000008";

/// The path of the tenant at FusionAuth.
pub(crate) const TENANT: &str = "/api/tenant/30000000-0000-0000-0000-000000000001";

/// The user with an unverified email.
pub(crate) const UNVERIFIED: &str = "unverified@example.com";

/// Another password than [`PASSWORD`], which FusionAuth's rules allow.
pub(crate) const NEW_PASSWORD: &str = "a-better-password";

pub(crate) struct TestCluster {
    pub(crate) fusionauth: Emulator,
    pub(crate) database_url: String,
    folder: TempDir,
    clock_offset: Arc<AtomicI64>,
    /// How far [`advance`](Self::advance) has moved the clocks, in milliseconds.
    ahead_ms: AtomicI64,
    server_clocks: Vec<ServerClock>,
    pub(crate) addresses: Vec<SocketAddr>,
    auth_proxies: Vec<SocketAddr>,
    /// Dropping them stops the servers. Otherwise a test that starts many clusters would use up PostgreSQL's connections.
    servers: Vec<oneshot::Sender<()>>,
    record: PathBuf,
}

impl TestCluster {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[], 1).await
    }

    /// A cluster, a site of it, and a new browser.
    pub(crate) async fn with_browser_at(host: String) -> (Self, String, Browser) {
        let cluster = Self::start().await;
        let browser = cluster.browser();
        (cluster, host, browser)
    }

    /// A cluster, a server-rendered site of it, and a browser in which the shopper has signed in there.
    pub(crate) async fn with_shopper_at(host: String) -> (Self, String, Browser) {
        let (cluster, host, browser) = Self::with_browser_at(host).await;
        sign_in_by_form(&browser, &host, "shopper@example.com").await;
        (cluster, host, browser)
    }

    /// Starts a server whose FusionAuth hosts keep FusionAuth's own names of cookies, as FusionAuth's workflows are published.
    pub(crate) async fn start_as_published() -> Self {
        let (folder, host) = (TempDir::new().unwrap(), "application = \"fusionauth\"\n");
        let sites = include_str!("../../../deploy/development.toml").replace("AUTH_PORT", "9011");
        let sites = ["spa-local-storage", "spa-shared-domain"].iter().fold(sites, |it, workflow| {
            let table = format!("origin = \"http://auth.{workflow}.localhost:9011\"\n{host}");
            it.replace(&table, &format!("{table}fusionauth_cookies = \"as-published\"\n"))
        });
        let file = folder.path().join("as-published.toml");
        std::fs::write(&file, sites).unwrap();
        Self::start_with(&["--config", file.to_str().unwrap()], 1).await
    }

    /// Starts `instances` servers with these flags on one database.
    pub(crate) async fn start_with(flags: &[&str], instances: usize) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir_all(folder.path().join("dist")).unwrap();
        let record = folder.path().join("record.jsonl");
        let clock_offset = Arc::new(AtomicI64::new(0));
        let fusionauth = Emulator::start(config(&record, &clock_offset)).await.unwrap();
        let database_url = demo_database(folder.path()).await;
        let (mut addresses, mut auth_proxies, mut servers, mut server_clocks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..instances {
            let has_own = ["--fusionauth-api-key", "--encryption-secret"].iter().any(|it| flags.contains(it));
            let key: &[&str] = if has_own { &[] } else { &["--fusionauth-api-key", API_KEY] };
            let own = [&["--demo-data", "--auth-listen", "127.0.0.1:0", "--message-template", MESSAGE_TEMPLATE], key, flags];
            let flags: Vec<&str> = own.into_iter().flatten().copied().collect();
            let server = bind(folder.path(), &database_url, &fusionauth.base_url(), &flags).await;
            auth_proxies.extend(server.auth_address());
            server_clocks.push(server.clock());
            let (address, stop, _) = run(server);
            addresses.push(address);
            servers.push(stop);
        }
        let ahead_ms = AtomicI64::new(0);
        Self { fusionauth, database_url, folder, clock_offset, ahead_ms, server_clocks, addresses, auth_proxies, servers, record }
    }

    /// Moves the clocks of the servers and of FusionAuth forward.
    pub(crate) fn advance(&self, by: std::time::Duration) {
        self.server_clocks.iter().for_each(|it| it.advance(by));
        self.ahead_ms.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::SeqCst);
        self.issue_fresh();
    }

    /// Sets FusionAuth's clock back, so that its new access tokens have already expired. Its refresh tokens are valid.
    pub(crate) fn issue_stale(&self) {
        self.set_back_clock(400_000);
    }

    /// Sets FusionAuth's clock back by this many milliseconds.
    pub(crate) fn set_back_clock(&self, by_ms: i64) {
        self.clock_offset.store(self.ahead_ms.load(Ordering::SeqCst) - by_ms, Ordering::SeqCst);
    }

    /// Resets FusionAuth's clock, so that its new access tokens are valid.
    pub(crate) fn issue_fresh(&self) {
        self.set_back_clock(0);
    }

    /// Sends a request to FusionAuth's admin API.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> Response {
        let request = http_client().request(method, format!("{}{path}", self.fusionauth.base_url())).header("authorization", API_KEY);
        let answer = if body.is_null() { request.send().await } else { request.json(&body).send().await }.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    }

    /// The messages to an email address or a phone number, the oldest first.
    pub(crate) async fn messages(&self, to: &str) -> Vec<Value> {
        let path = format!("/emulator/mail?to={}", storefront_server::http::percent::encoded(to));
        let mut mail: Value = self.admin(Method::GET, &path, Value::Null).await.json().await.unwrap();
        serde_json::from_value(mail["messages"].take()).unwrap()
    }

    /// The subjects and texts of these messages.
    pub(crate) async fn mail(&self, to: &str) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.messages(to).await.iter().map(|it| (text(&it["subject"]), text(&it["text"]))).collect()
    }

    /// The value with this name in the newest message that has one.
    pub(crate) async fn mailed(&self, to: &str, name: &str) -> String {
        let messages = self.messages(to).await;
        messages.iter().rev().find_map(|it| it["values"][name].as_str()).unwrap_or_else(|| panic!("no {name} for {to}")).to_owned()
    }

    /// Changes members of an object at FusionAuth. Replaces lists, while a plain `PATCH` would append to them.
    pub(crate) async fn replace(&self, path: &str, body: Value) {
        let request = http_client().patch(format!("{}{path}", self.fusionauth.base_url())).header("authorization", API_KEY);
        let request = request.header("content-type", "application/merge-patch+json").body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// Changes the settings of the tenant for emails.
    pub(crate) async fn set_email_configuration(&self, settings: Value) {
        self.replace(TENANT, json!({"tenant": {"emailConfiguration": settings}})).await;
    }

    /// Makes FusionAuth accept each refresh token once, and revoke the token at a second use.
    pub(crate) async fn one_time_use(&self) {
        for id in [test_support::issuer::STORE, test_support::issuer::FORUMS] {
            let policy = json!({"application": {"jwtConfiguration": {"refreshTokenUsagePolicy": "OneTimeUse"}}});
            self.admin(Method::PATCH, &format!("/api/application/{id}"), policy).await;
        }
        let revoke = json!({"tenant": {"jwtConfiguration": {"refreshTokenRevocationPolicy": {"onOneTimeTokenReuse": true}}}});
        self.admin(Method::PATCH, TENANT, revoke).await;
    }

    /// Revokes every refresh token of a user, as an administrator would.
    pub(crate) async fn revoke_all(&self, user_id: &str) {
        self.admin(Method::DELETE, &format!("/api/jwt/refresh?userId={user_id}"), Value::Null).await;
    }

    /// The requests of the servers to FusionAuth, as method and path.
    pub(crate) fn asked_by_backends(&self) -> Vec<String> {
        let of_backend = |message| match message {
            Message::Request { from: Actor::Store | Actor::Forums, method, path, .. } => Some(format!("{method} {path}")),
            Message::Request { .. } | Message::Response { .. } => None,
        };
        wire_recorder::read(&self.record).unwrap().into_iter().filter_map(of_backend).collect()
    }

    /// The number of renewals that the servers have sent to FusionAuth.
    pub(crate) fn refreshes(&self) -> usize {
        self.asked_by_backends().iter().filter(|it| *it == "POST /api/jwt/refresh" || *it == "POST /oauth2/token").count()
    }

    /// A new browser. It sends its requests to all servers in turn.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            addresses: self.addresses.clone(),
            auth_proxies: self.auth_proxies.clone(),
            next: Arc::default(),
            client: http_client(),
            jar: Arc::default(),
        }
    }

    /// A new browser that has signed in through the form of a server-rendered site.
    pub(crate) async fn signed_in(&self, host: &str, login_id: &str) -> Browser {
        let browser = self.browser();
        sign_in_by_form(&browser, host, login_id).await;
        browser
    }

    /// A new browser. It sends its requests to one server and to one proxy in front of FusionAuth.
    pub(crate) fn browser_at(&self, address: SocketAddr, auth_proxy: SocketAddr) -> Browser {
        Browser { addresses: vec![address], auth_proxies: vec![auth_proxy], ..self.browser() }
    }

    /// Makes the emulator misbehave as `fault` says, until [`no_faults`](Self::no_faults).
    pub(crate) async fn fault(&self, fault: Value) {
        self.admin(Method::POST, "/emulator/faults", fault).await;
    }

    /// Makes the emulator hold the next request with this method at this path. `hold` is `request` to hold the request before the emulator
    /// handles it, or `answer` to hold its answer. [`Held::release`] or [`no_faults`](Self::no_faults) ends the hold.
    pub(crate) async fn hold(&self, hold: &str, method: Method, path: &str) -> Held {
        let fault = json!({"hold": hold, "method": method.as_str(), "path": path, "times": 1});
        self.hold_all(fault).await
    }

    /// Like [`hold`](Self::hold), for any fault that holds requests.
    pub(crate) async fn hold_all(&self, fault: Value) -> Held {
        let answer: Value = self.admin(Method::POST, "/emulator/faults", fault).await.json().await.unwrap();
        Held { fault: format!("{}/emulator/faults/{}", self.fusionauth.base_url(), answer["fault"]["id"]) }
    }

    /// Ends the emulator's misbehaviour.
    pub(crate) async fn no_faults(&self) {
        self.admin(Method::DELETE, "/emulator/faults", Value::Null).await;
    }

    /// Starts another instance. The sender stops the instance, and the handle completes when the instance has stopped.
    pub(crate) async fn stoppable_instance(&self) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        self.stoppable_instance_with(&["--fusionauth-api-key", API_KEY]).await
    }

    /// Like [`stoppable_instance`](Self::stoppable_instance), but with only these flags. The instance has an API key only if a flag sets
    /// one.
    pub(crate) async fn stoppable_instance_with(&self, flags: &[&str]) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        run(bind(self.folder.path(), &self.database_url, &self.fusionauth.base_url(), flags).await)
    }

    /// Starts an instance with these additional flags as a separate process. A test can kill the process.
    pub(crate) async fn process(&self, flags: &[&str]) -> (Child, SocketAddr) {
        let mut command = command(self.folder.path());
        command.args(["--listen", "127.0.0.1:0", "--database-url", &self.database_url, "--fusionauth-url", &self.fusionauth.base_url()]);
        command.args(["--fusionauth-api-key", API_KEY]).args(flags).env("RUST_LOG", "off").stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        let address = started(&mut child).await.parse().unwrap();
        (child, address)
    }

    /// The number of rows of a table, optionally with a condition, such as `sessions WHERE user_id = ''`.
    pub(crate) async fn count(&self, rows: &str) -> i64 {
        let query = format!("SELECT COUNT(*) FROM {rows}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&self.database().await).await.unwrap()
    }

    /// Waits until the number of rows is `expected`.
    pub(crate) async fn until_count(&self, rows: &str, expected: i64) {
        let query = format!("SELECT COUNT(*) FROM {rows}");
        let database = self.database().await;
        let reached = async {
            while sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(query.clone())).fetch_one(&database).await.unwrap() != expected {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await; // the database does not announce changes
            }
        };
        tokio::time::timeout(HANG_GUARD, reached).await.unwrap_or_else(|_| panic!("the number of rows never became {expected}: {rows}"));
    }

    /// Whether FusionAuth accepts this refresh token. This uses up a one-time token.
    pub(crate) async fn takes(&self, refresh_token: &str) -> bool {
        self.refresh_at_fusionauth(refresh_token).await.status().is_success()
    }

    /// Renews this refresh token at FusionAuth, as a thief would.
    pub(crate) async fn refresh_at_fusionauth(&self, refresh_token: &str) -> Response {
        let request = http_client().post(format!("{}/api/jwt/refresh", self.fusionauth.base_url()));
        request.json(&json!({"refreshToken": refresh_token})).send().await.unwrap()
    }

    /// Locks the rows that a sign-out needs, until the caller drops the transaction.
    pub(crate) async fn lock_database(&self) -> sqlx::Transaction<'static, sqlx::Any> {
        let mut transaction = self.database().await.begin().await.unwrap();
        let lock = if self.database_url.starts_with("postgres") {
            "LOCK TABLE token_families, refresh_tokens, renewals, sessions IN ACCESS EXCLUSIVE MODE"
        } else {
            "UPDATE sessions SET expires_at = expires_at"
        };
        sqlx::query(lock).execute(&mut *transaction).await.unwrap();
        transaction
    }

    /// Writes a file of the built app.
    pub(crate) fn write_file(&self, path: &str, content: &str) {
        std::fs::write(self.folder.path().join("dist").join(path), content).unwrap();
    }

    /// Makes every session expire.
    pub(crate) async fn expire_sessions(&self) {
        let expired_at = storefront_server::clock::now_ms() - 1; // recent enough that no purge deletes the row
        sqlx::query("UPDATE sessions SET expires_at = $1").bind(expired_at).execute(&self.database().await).await.unwrap();
    }

    /// Deletes the records of all renewals, as a purge does when the records are old. Without the record, a request with the old refresh
    /// token does not get the new tokens of that renewal.
    pub(crate) async fn forget_renewals(&self) {
        sqlx::query("DELETE FROM renewals").execute(&self.database().await).await.unwrap();
    }

    /// A connection pool for the database of the servers.
    pub(crate) async fn database(&self) -> sqlx::AnyPool {
        storefront_server::database::open(&self.database_url).await.unwrap()
    }

    /// Stops FusionAuth. The servers keep running.
    pub(crate) async fn stop_fusionauth(self) -> TestClusterWithoutFusionAuth {
        self.fusionauth.stop().await.unwrap();
        TestClusterWithoutFusionAuth { _folder: self.folder, _servers: self.servers }
    }
}

/// Servers that run without FusionAuth.
pub(crate) struct TestClusterWithoutFusionAuth {
    _folder: TempDir,
    _servers: Vec<oneshot::Sender<()>>,
}

/// Runs a server until the sender is dropped. The handle completes when the server has stopped.
fn run(server: Server) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let (address, (stop, stopped)) = (server.address().unwrap(), oneshot::channel());
    (address, stop, tokio::spawn(server.run(async move { drop(stopped.await) })))
}

/// Ends a process as in a crash.
pub(crate) async fn kill(mut process: Child) {
    signal(&process, "KILL").await;
    process.wait().await.unwrap();
}

/// Waits until a stopping server accepts no new connection. From then on, the server waits for requests in flight.
pub(crate) async fn until_closed(address: SocketAddr) {
    let closed = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(HANG_GUARD, closed).await.expect("the server still accepts connections");
}

/// The requests that the emulator holds for one fault.
pub(crate) struct Held {
    fault: String,
}

impl Held {
    /// Waits until the emulator holds a request.
    pub(crate) async fn reached(&self) {
        assert_eq!(self.count(1).await, 1);
    }

    /// Waits until the emulator holds at least this number of requests, and returns the number.
    pub(crate) async fn count(&self, at_least: u64) -> u64 {
        let answer = http_client().get(format!("{}?held={at_least}", self.fault)).send();
        let answer = tokio::time::timeout(HANG_GUARD, answer).await.expect("the emulator holds too few requests").unwrap();
        answer.json::<Value>().await.unwrap()["fault"]["held"].as_u64().unwrap()
    }

    pub(crate) async fn release(self) {
        assert!(http_client().delete(self.fault).send().await.unwrap().status().is_success());
    }
}

fn config(record: &std::path::Path, clock_offset: &Arc<AtomicI64>) -> Config {
    let offset = Arc::clone(clock_offset);
    let system = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    Config {
        clock: Clock::new(move || system() + offset.load(Ordering::SeqCst)),
        recorder: Recorder::to_file(record).unwrap(),
        environment: environment(),
        ..Config::new(KICKSTART)
    }
}

/// A client that behaves like a browser: it keeps cookies by host and sends `Sec-Fetch-Site`, but follows no redirect. Clones share the
/// cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    addresses: Vec<SocketAddr>,
    auth_proxies: Vec<SocketAddr>,
    next: Arc<AtomicUsize>,
    client: Client,
    jar: Arc<Mutex<BTreeMap<(String, String), String>>>,
}

/// The host of the Store in a workflow, such as `store.spa-backend.localhost`.
pub(crate) fn store(workflow: &str) -> String {
    format!("store.{workflow}.localhost")
}

/// The host of the Forums in a workflow, such as `forums.spa-backend.localhost`.
pub(crate) fn forums(workflow: &str) -> String {
    format!("forums.{workflow}.localhost")
}

impl Browser {
    /// The socket address of a server, for requests that no client library sends.
    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The client that sends this browser's requests.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// The socket address of a proxy in front of FusionAuth.
    pub(crate) fn auth_proxy(&self) -> SocketAddr {
        self.auth_proxies[0]
    }

    /// A request as from a page of the same host, without cookies. Each request goes to the next instance.
    pub(crate) fn bare(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        let (addresses, port) = if host.starts_with("auth.") { (&self.auth_proxies, 9011) } else { (&self.addresses, 8080) };
        let address = addresses[self.next.fetch_add(1, Ordering::SeqCst) % addresses.len()];
        let request = self.client.request(method, format!("http://{address}{path}"));
        request.header("host", format!("{host}:{port}")).header("user-agent", "Mozilla/5.0").header("sec-fetch-site", "same-origin")
    }

    pub(crate) fn request(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        let cookies = self.cookie_header(host);
        let request = self.bare(method, host, path);
        if cookies.is_empty() { request } else { request.header("cookie", cookies) }
    }

    /// Sends a request, and keeps the cookies of the response.
    pub(crate) async fn send(&self, host: &str, request: RequestBuilder) -> Response {
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all("set-cookie") {
            self.keep(host, line.to_str().unwrap());
        }
        answer
    }

    pub(crate) async fn get(&self, host: &str, path: &str) -> Response {
        self.send(host, self.request(Method::GET, host, path)).await
    }

    pub(crate) async fn post_json(&self, host: &str, path: &str, body: Value) -> Response {
        self.send(host, self.request(Method::POST, host, path).json(&body)).await
    }

    /// Sends a request to FusionAuth as the single-page app at `site` does.
    pub(crate) async fn post_to_fusionauth(&self, site: &str, path: &str, body: Value) -> Response {
        let host = site.replacen("store.", "auth.", 1).replacen("forums.", "auth.", 1);
        let request = self.request(Method::POST, &host, path).header("origin", format!("http://{site}:8080"));
        self.send(&host, request.header("sec-fetch-site", "same-site").json(&body)).await
    }

    pub(crate) async fn post_form(&self, host: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(host, self.form(host, path, fields)).await
    }

    pub(crate) fn form(&self, host: &str, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let encoded = |text: &str| storefront_server::http::percent::encoded(text);
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = self.request(Method::POST, host, path);
        request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"))
    }

    pub(crate) fn cookie(&self, host: &str, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(&(host.to_owned(), name.to_owned())).cloned()
    }

    pub(crate) fn set_cookie(&self, host: &str, name: &str, value: &str) {
        self.jar.lock().unwrap().insert((host.to_owned(), name.to_owned()), value.to_owned());
    }

    pub(crate) fn cookie_names(&self, host: &str) -> Vec<String> {
        self.jar.lock().unwrap().keys().filter(|(it, _)| it == host).map(|(_, name)| name.clone()).collect()
    }

    /// The same browser with the same cookies, but it asks only one server.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { addresses: vec![address], ..self.clone() }
    }

    pub(crate) fn forget_cookie(&self, host: &str, name: &str) {
        self.jar.lock().unwrap().remove(&(host.to_owned(), name.to_owned()));
    }

    /// The `Cookie` header that this browser sends to a host.
    pub(crate) fn cookie_header(&self, host: &str) -> String {
        let jar = self.jar.lock().unwrap();
        let parent = host.split_once('.').map_or("", |(_, parent)| parent);
        let pairs = jar.iter().filter(|((it, _), _)| it == host || it == parent).map(|((_, name), value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, host: &str, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        let domain = attributes.split("; ").find_map(|it| it.trim().strip_prefix("Domain="));
        let key = (domain.unwrap_or(host).to_owned(), name.to_owned());
        let mut jar = self.jar.lock().unwrap();
        if attributes.contains("Max-Age=0") {
            jar.remove(&key);
        } else {
            jar.insert(key, value.to_owned());
        }
    }

    /// Signs in through the API of a site.
    pub(crate) async fn sign_in(&self, host: &str, login_id: &str) -> Response {
        let answer = self.post_json(host, "/api/login", json!({"loginId": login_id, "password": PASSWORD})).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer
    }
}

/// The host of the proxy in front of FusionAuth in a workflow, such as `auth.spa-shared-domain.localhost`.
pub(crate) fn auth(workflow: &str) -> String {
    format!("auth.{workflow}.localhost")
}

/// Signs in through the form of a server-rendered site.
pub(crate) async fn sign_in_by_form(browser: &Browser, host: &str, login_id: &str) -> Response {
    let answer = browser.post_form(host, "/login", &[("username", login_id), ("password", PASSWORD), ("keep", "yes")]).await;
    assert_eq!(answer.status(), StatusCode::FOUND, "{login_id}");
    answer
}

/// The `Set-Cookie` lines of a response.
pub(crate) fn set_cookies(answer: &Response) -> Vec<&str> {
    answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect()
}

/// The `Location` of a redirect.
pub(crate) fn location(answer: &Response) -> &str {
    answer.headers()["location"].to_str().unwrap()
}

/// Sends a request as a page of another site does, with these values of `Sec-Fetch-Site` and `Origin`.
pub(crate) async fn forged(request: RequestBuilder, site: Option<&str>, origin: Option<&str>) -> Response {
    let mut request = request.build().unwrap();
    request.headers_mut().remove("sec-fetch-site");
    for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
        if let Some(value) = value {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    http_client().execute(request).await.unwrap()
}

/// Sends a request as an attacker who has stolen only this cookie.
pub(crate) async fn attacker(browser: &Browser, host: &str, path: &str, cookie: &str) -> Response {
    let request = browser.bare(Method::GET, host, path).header("user-agent", "attacker/1").header("cookie", cookie);
    request.send().await.unwrap()
}
