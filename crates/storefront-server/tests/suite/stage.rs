//! Everything real: FusionAuth's emulator in this process, one or several server instances on one database, and browsers
//! with cookie jars of their own.

use crate::temp::TempFolder;
use crate::world::{fresh_database, serve_both};
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
use tokio::{sync::oneshot, task::JoinHandle};
use wire_recorder::{Actor, Message, Recorder};

pub(crate) const PASSWORD: &str = "correct-horse-battery";
pub(crate) const API_KEY: &str = "development-only-api-key";

pub(crate) struct Stage {
    pub(crate) fusionauth: Emulator,
    pub(crate) database_url: String,
    folder: TempFolder,
    clock_offset: Arc<AtomicI64>,
    addresses: Vec<SocketAddr>,
    fronts: Vec<SocketAddr>,
    record: PathBuf,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[], 1).await
    }

    /// `instances` servers with these flags on one database.
    pub(crate) async fn start_with(flags: &[&str], instances: usize) -> Self {
        let folder = TempFolder::new();
        std::fs::create_dir_all(folder.path().join("dist")).unwrap();
        let record = folder.path().join("record.jsonl");
        let clock_offset = Arc::new(AtomicI64::new(0));
        let fusionauth = Emulator::start(config(&record, &clock_offset)).await.unwrap();
        let database_url = fresh_database(folder.path()).await;
        let (mut addresses, mut fronts) = (Vec::new(), Vec::new());
        for _ in 0..instances {
            let has_own = ["--fusionauth-api-key", "--encryption-secret"].iter().any(|it| flags.contains(it));
            let key: &[&str] = if has_own { &[] } else { &["--fusionauth-api-key", API_KEY] };
            let own = [&["--demo-data", "--auth-listen", "127.0.0.1:0"], key, flags];
            let flags: Vec<&str> = own.into_iter().flatten().copied().collect();
            let (address, front) = serve_both(folder.path(), &database_url, &fusionauth.url(), &flags).await;
            addresses.push(address);
            fronts.extend(front);
        }
        Self { fusionauth, database_url, folder, clock_offset, addresses, fronts, record }
    }

    /// Access tokens that FusionAuth issues from now on have expired already; refresh tokens are good.
    pub(crate) fn issue_stale(&self) {
        self.clock_offset.store(-400_000, Ordering::SeqCst);
    }

    /// FusionAuth's clock is right again.
    pub(crate) fn issue_fresh(&self) {
        self.clock_offset.store(0, Ordering::SeqCst);
    }

    /// A request to FusionAuth's admin API.
    pub(crate) async fn admin(&self, method: Method, path: &str, body: Value) -> Response {
        let request = client().request(method, format!("{}{path}", self.fusionauth.url())).header("authorization", API_KEY);
        let answer = if body.is_null() { request.send().await } else { request.json(&body).send().await }.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    }

    /// A refresh token is good once. Reuse revokes it.
    pub(crate) async fn one_time_use(&self) {
        for id in [crate::issuer::STORE, crate::issuer::FORUMS] {
            let policy = json!({"application": {"jwtConfiguration": {"refreshTokenUsagePolicy": "OneTimeUse"}}});
            self.admin(Method::PATCH, &format!("/api/application/{id}"), policy).await;
        }
        let revoke = json!({"tenant": {"jwtConfiguration": {"refreshTokenRevocationPolicy": {"onOneTimeTokenReuse": true}}}});
        self.admin(Method::PATCH, "/api/tenant/30000000-0000-0000-0000-000000000001", revoke).await;
    }

    /// Ends every refresh token of a user, as an administrator would.
    pub(crate) async fn revoke_all(&self, user_id: &str) {
        self.admin(Method::DELETE, &format!("/api/jwt/refresh?userId={user_id}"), Value::Null).await;
    }

    /// What FusionAuth was asked by the backends: method and path.
    pub(crate) fn asked_by_backends(&self) -> Vec<String> {
        let of_backend = |message| match message {
            Message::Request { from: Actor::Store | Actor::Forums, method, path, .. } => Some(format!("{method} {path}")),
            Message::Request { .. } | Message::Response { .. } => None,
        };
        wire_recorder::read(&self.record).unwrap().into_iter().filter_map(of_backend).collect()
    }

    /// How often a backend has refreshed.
    pub(crate) fn refreshes(&self) -> usize {
        self.asked_by_backends().iter().filter(|it| *it == "POST /api/jwt/refresh" || *it == "POST /oauth2/token").count()
    }

    /// A browser of its own.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            addresses: self.addresses.clone(),
            fronts: self.fronts.clone(),
            next: Arc::default(),
            client: client(),
            jar: Arc::default(),
        }
    }

    /// A browser that reaches another server.
    pub(crate) fn browser_at(&self, address: SocketAddr, front: SocketAddr) -> Browser {
        Browser { addresses: vec![address], fronts: vec![front], ..self.browser() }
    }

    /// From now on something goes wrong at FusionAuth.
    pub(crate) async fn fault(&self, fault: Value) {
        self.admin(Method::POST, "/emulator/faults", fault).await;
    }

    /// Nothing goes wrong at FusionAuth from now on.
    pub(crate) async fn no_faults(&self) {
        self.admin(Method::DELETE, "/emulator/faults", Value::Null).await;
    }

    /// Another instance, which can be stopped. Its handle ends when it has.
    pub(crate) async fn stoppable_instance(&self) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        self.stoppable_instance_with(&["--fusionauth-api-key", API_KEY]).await
    }

    /// The same with these flags, and without FusionAuth's API key unless it is among them.
    pub(crate) async fn stoppable_instance_with(&self, flags: &[&str]) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let dist = self.folder.path().join("dist");
        let url = self.fusionauth.url();
        let arguments = ["storefront-server", "--listen", "127.0.0.1:0", "--database-url", &self.database_url, "--fusionauth-url", &url];
        let arguments = arguments.into_iter().chain(["--dist", dist.to_str().unwrap()]).chain(flags.iter().copied());
        let server = crate::bind(arguments.into_iter().map(Into::into).collect()).await;
        let (address, (stop, stopped)) = (server.address().unwrap(), oneshot::channel());
        (address, stop, tokio::spawn(server.run(async move { drop(stopped.await) })))
    }

    /// How many rows of the database a condition holds for, such as `sessions WHERE user_id = ''`.
    pub(crate) async fn count(&self, rows: &str) -> i64 {
        let query = format!("SELECT COUNT(*) FROM {rows}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&self.database().await).await.unwrap()
    }

    /// Waits until so many rows are there.
    pub(crate) async fn until_count(&self, rows: &str, expected: i64) {
        let query = format!("SELECT COUNT(*) FROM {rows}");
        let database = self.database().await;
        let reached = async {
            while sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(query.clone())).fetch_one(&database).await.unwrap() != expected {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await; // a database has no event to wait for
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), reached).await.unwrap_or_else(|_| panic!("never {expected}: {rows}"));
    }

    /// Whether FusionAuth takes this refresh token. A one-time token is used up by asking.
    pub(crate) async fn takes(&self, refresh_token: &str) -> bool {
        let request = client().post(format!("{}/api/jwt/refresh", self.fusionauth.url()));
        request.json(&json!({"refreshToken": refresh_token})).send().await.unwrap().status().is_success()
    }

    /// Nobody else reads or writes what a sign-out needs, until the transaction is dropped.
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

    /// A file of the built app.
    pub(crate) fn write_file(&self, path: &str, content: &str) {
        std::fs::write(self.folder.path().join("dist").join(path), content).unwrap();
    }

    /// As if every session had been idle for too long.
    pub(crate) async fn expire_sessions(&self) {
        let over = storefront_server::clock::now_ms() - 1; // not so long ago that the row is purged
        sqlx::query("UPDATE sessions SET expires_at = $1").bind(over).execute(&self.database().await).await.unwrap();
    }

    /// As if the last renewal were long ago: its outcome can no longer be adopted.
    pub(crate) async fn forget_renewals(&self) {
        sqlx::query("DELETE FROM renewals").execute(&self.database().await).await.unwrap();
    }

    /// The database, to see what it holds.
    pub(crate) async fn database(&self) -> sqlx::AnyPool {
        storefront_server::database::open(&self.database_url).await.unwrap()
    }

    /// FusionAuth ends. Whoever calls it finds nobody.
    pub(crate) async fn stop_fusionauth(self) -> StageWithoutFusionAuth {
        self.fusionauth.stop().await.unwrap();
        StageWithoutFusionAuth { _folder: self.folder }
    }
}

/// What is left when FusionAuth is down. The servers run on.
pub(crate) struct StageWithoutFusionAuth {
    _folder: TempFolder,
}

fn config(record: &std::path::Path, clock_offset: &Arc<AtomicI64>) -> Config {
    let kickstart = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fusionauth/kickstart.json");
    let offset = Arc::clone(clock_offset);
    let system = || i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    Config {
        clock: Clock::new(move || system() + offset.load(Ordering::SeqCst)),
        recorder: Recorder::to_file(record).unwrap(),
        ..Config::new(kickstart)
    }
}

fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A browser: keeps cookies by host, says where its requests come from, follows no redirect. Cloning shares the jar.
#[derive(Clone)]
pub(crate) struct Browser {
    addresses: Vec<SocketAddr>,
    fronts: Vec<SocketAddr>,
    next: Arc<AtomicUsize>,
    client: Client,
    jar: Arc<Mutex<BTreeMap<(String, String), String>>>,
}

/// `store.spa-backend.localhost` and the like.
pub(crate) fn store(workflow: &str) -> String {
    format!("store.{workflow}.localhost")
}

/// `forums.spa-backend.localhost` and the like.
pub(crate) fn forums(workflow: &str) -> String {
    format!("forums.{workflow}.localhost")
}

impl Browser {
    /// A server's address, for requests that no client library sends.
    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// The address of a proxy before FusionAuth.
    pub(crate) fn front(&self) -> SocketAddr {
        self.fronts[0]
    }

    /// A request from a page of the same host, without cookies. With several instances it goes to the next one.
    pub(crate) fn bare(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        let (addresses, port) = if host.starts_with("auth.") { (&self.fronts, 9011) } else { (&self.addresses, 8080) };
        let address = addresses[self.next.fetch_add(1, Ordering::SeqCst) % addresses.len()];
        let request = self.client.request(method, format!("http://{address}{path}"));
        request.header("host", format!("{host}:{port}")).header("user-agent", "Mozilla/5.0").header("sec-fetch-site", "same-origin")
    }

    pub(crate) fn request(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        let cookies = self.cookie_header(host);
        let request = self.bare(method, host, path);
        if cookies.is_empty() { request } else { request.header("cookie", cookies) }
    }

    /// Sends, and keeps the cookies of the answer.
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

    /// The same browser, at one server.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { addresses: vec![address], ..self.clone() }
    }

    pub(crate) fn forget_cookie(&self, host: &str, name: &str) {
        self.jar.lock().unwrap().remove(&(host.to_owned(), name.to_owned()));
    }

    /// All that this browser would send.
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

    /// Signs in through a backend's API.
    pub(crate) async fn sign_in(&self, host: &str, login_id: &str) -> Response {
        let answer = self.post_json(host, "/api/login", json!({"loginId": login_id, "password": PASSWORD})).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer
    }
}

/// `auth.spa-shared-domain.localhost` and the like.
pub(crate) fn auth(workflow: &str) -> String {
    format!("auth.{workflow}.localhost")
}

/// Signs in by the form of a server-rendered site.
pub(crate) async fn sign_in_by_form(browser: &Browser, host: &str, login_id: &str) -> Response {
    let answer = browser.post_form(host, "/login", &[("username", login_id), ("password", PASSWORD)]).await;
    assert_eq!(answer.status(), StatusCode::FOUND, "{login_id}");
    answer
}

/// The lines that set or delete cookies.
pub(crate) fn set_cookies(answer: &Response) -> Vec<&str> {
    answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect()
}

/// Where a redirect leads.
pub(crate) fn location(answer: &Response) -> &str {
    answer.headers()["location"].to_str().unwrap()
}

/// Somebody with what they stole, and nothing else.
pub(crate) async fn attacker(browser: &Browser, host: &str, path: &str, cookie: &str) -> Response {
    let request = browser.bare(Method::GET, host, path).header("user-agent", "attacker/1").header("cookie", cookie);
    request.send().await.unwrap()
}
