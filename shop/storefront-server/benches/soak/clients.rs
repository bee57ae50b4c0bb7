//! The load of the soak test: sessions of users who read, write and renew. After an error, a session retries the request once. The sessions
//! remember the acknowledged writes, so that [`Outcome::check`] can compare the database with them.

use crate::deployment::Deployment;
use anyhow::{Context, bail, ensure};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use test_support::kickstart::{FORUMS, PASSWORD, STORE};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// The number of workers. Each has its own sessions and connections, and one request in flight.
const WORKERS: usize = 16;
/// The time between two actions of a session's user.
const PACE: Duration = Duration::from_secs(5);
const PRODUCT: &str = "enamel-mug";

/// The open sessions, divided among the workers.
pub(crate) struct Sessions(Vec<(Client, Vec<Session>)>);

/// A user who is signed in at one site.
struct Session {
    kind: Kind,
    user_id: String,
    login_id: String,
    cookies: BTreeMap<String, String>,
    /// The access token; empty for the server-rendered pages.
    token: String,
    /// The quantity in the cart that the server acknowledged last.
    quantity: Option<i64>,
    turn: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    StoreWithToken,
    ForumsWithToken,
    StoreWithPages,
}

/// The running load.
pub(crate) struct Load {
    shared: Arc<Shared>,
    workers: JoinSet<Vec<Session>>,
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    requests: AtomicU64,
    retries: AtomicU64,
    writes: AtomicU64,
    renewals: AtomicU64,
    failures: Mutex<Vec<String>>,
    posts: Mutex<BTreeSet<String>>,
    port: u16,
}

/// The results of the load.
pub(crate) struct Outcome {
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    pub(crate) writes: u64,
    pub(crate) renewals: u64,
    /// Errors that remained after one retry.
    pub(crate) failures: Vec<String>,
    posts: BTreeSet<String>,
    sessions: Vec<Session>,
}

impl Sessions {
    /// Registers a user for each session, and signs the user in.
    pub(crate) async fn open(number: usize, deployment: &Deployment) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared { port: deployment.nginx.port(), ..Shared::default() });
        let mut shares = Vec::new();
        for _ in 0..WORKERS {
            shares.push((deployment.client()?, Vec::new()));
        }
        for at in 0..number {
            // Each session has its own user, because two Store sessions of one user would write the same cart.
            let kind = [Kind::StoreWithToken, Kind::ForumsWithToken, Kind::StoreWithPages, Kind::StoreWithPages][at % 4];
            let (user_id, login_id) = (format!("40000000-0000-0000-0000-{at:012}"), format!("soak-{at}@example.com"));
            let application = if kind == Kind::ForumsWithToken { FORUMS } else { STORE };
            let user = json!({
                "user": {"email": login_id, "password": PASSWORD},
                "registration": {"applicationId": application, "roles": ["user"]},
                "skipVerification": true, "skipRegistrationVerification": true,
            });
            deployment.admin(Method::POST, &format!("/api/user/registration/{user_id}"), user).await?;
            let mut session = Session { kind, user_id, login_id, cookies: BTreeMap::new(), token: String::new(), quantity: None, turn: at };
            let (client, sessions) = &mut shares[at % WORKERS];
            session.sign_in(client, &shared).await?;
            sessions.push(session);
        }
        Ok(Self(shares))
    }
}

impl Load {
    pub(crate) fn begin(sessions: Sessions, deployment: &Deployment) -> Self {
        let shared = Arc::new(Shared { port: deployment.nginx.port(), ..Shared::default() });
        let mut workers = JoinSet::new();
        for (client, mut sessions) in sessions.0 {
            let shared = Arc::clone(&shared);
            workers.spawn(async move {
                let mut due = tokio::time::interval(PACE / u32::try_from(sessions.len().max(1)).unwrap_or(u32::MAX));
                due.set_missed_tick_behavior(MissedTickBehavior::Delay);
                while !shared.is_over.load(Ordering::Relaxed) {
                    for session in &mut sessions {
                        due.tick().await;
                        if shared.is_over.load(Ordering::Relaxed) {
                            break;
                        }
                        if let Err(error) = session.work(&client, &shared).await {
                            shared.fail(format!("{}: {error:#}", session.login_id));
                        }
                    }
                }
                sessions
            });
        }
        Self { shared, workers }
    }

    /// The number of requests that were answered so far.
    pub(crate) fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Stops the load, after each worker has finished its request.
    pub(crate) async fn end(self) -> Outcome {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let sessions = self.workers.join_all().await.into_iter().flatten().collect();
        let take = |it: &Mutex<Vec<String>>| std::mem::take(&mut *it.lock().unwrap_or_else(PoisonError::into_inner));
        let shared = &self.shared;
        Outcome {
            requests: shared.requests.load(Ordering::Relaxed),
            retries: shared.retries.load(Ordering::Relaxed),
            writes: shared.writes.load(Ordering::Relaxed),
            renewals: shared.renewals.load(Ordering::Relaxed),
            failures: take(&shared.failures),
            posts: std::mem::take(&mut *shared.posts.lock().unwrap_or_else(PoisonError::into_inner)),
            sessions,
        }
    }
}

impl Outcome {
    /// Compares the database with the acknowledged writes, and requests a page with every session. Returns each loss.
    pub(crate) async fn check(&self, deployment: &Deployment) -> anyhow::Result<Vec<String>> {
        let mut lost = Vec::new();
        let stored: Vec<(String, i64)> =
            sqlx::query_as("SELECT body, COUNT(*) FROM posts WHERE body LIKE 'soak %' GROUP BY body").fetch_all(&deployment.db).await?;
        let stored: BTreeMap<String, i64> = stored.into_iter().collect();
        let missing = self.posts.iter().filter(|it| stored.get(*it) != Some(&1));
        lost.extend(missing.map(|it| format!("the post {it:?} is there {} times", stored.get(it).unwrap_or(&0))));
        let shared = Arc::new(Shared { port: deployment.nginx.port(), ..Shared::default() });
        let client = deployment.client()?;
        for session in &self.sessions {
            if let Some(quantity) = session.quantity {
                let query = "SELECT quantity FROM cart_lines WHERE user_id = $1 AND product = $2";
                let stored: Option<i64> =
                    sqlx::query_scalar(query).bind(&session.user_id).bind(PRODUCT).fetch_optional(&deployment.db).await?;
                if stored != Some(quantity) {
                    lost.push(format!("the cart of {} holds {stored:?}, and {quantity} was acknowledged", session.login_id));
                }
            }
            let mut session = session.again();
            if let Err(error) = session.read(&client, &shared).await {
                lost.push(format!("the session of {}: {error:#}", session.login_id));
            }
        }
        Ok(lost)
    }
}

impl Session {
    fn again(&self) -> Self {
        Self {
            cookies: self.cookies.clone(),
            token: self.token.clone(),
            user_id: self.user_id.clone(),
            login_id: self.login_id.clone(),
            ..*self
        }
    }

    fn host(&self) -> &'static str {
        match self.kind {
            Kind::StoreWithToken => "shop.example.test",
            Kind::ForumsWithToken => "forum.example.test",
            Kind::StoreWithPages => "pages.example.test",
        }
    }

    async fn sign_in(&mut self, client: &Client, shared: &Shared) -> anyhow::Result<()> {
        if self.kind == Kind::StoreWithPages {
            let form = format!("username={}&password={PASSWORD}", self.login_id.replace('@', "%40"));
            let answer = self.send(client, shared, |it, url| form_request(it, url, "/login", &form)).await?;
            ensure!(answer.status() == StatusCode::FOUND, "the sign-in was answered {}", answer.status());
            return Ok(());
        }
        let application = if self.kind == Kind::StoreWithToken { STORE } else { FORUMS };
        let body = json!({"loginId": self.login_id, "password": PASSWORD, "applicationId": application});
        self.ask_fusionauth(client, shared, "/api/login", &body).await
    }

    /// Performs the user's next action. Every fourth action is a write, and the others are reads.
    async fn work(&mut self, client: &Client, shared: &Shared) -> anyhow::Result<()> {
        self.turn += 1;
        if !self.turn.is_multiple_of(4) {
            return self.read(client, shared).await;
        }
        let quantity = (self.turn % 5 + 1) as i64;
        match self.kind {
            Kind::StoreWithToken => {
                let path = format!("/api/shopping-cart/lines/{PRODUCT}");
                let body = json!({ "quantity": quantity });
                let answer = self.with_token(client, shared, |it, url| it.put(format!("{url}{path}")).json(&body)).await?;
                ensure!(answer.status() == StatusCode::OK, "the cart was answered {}", answer.status());
                self.quantity = Some(quantity);
            }
            Kind::ForumsWithToken => {
                let text = format!("soak {} {}", self.login_id, self.turn);
                let key = format!("{}-{}", &self.user_id[24..], self.turn);
                let body = json!({ "body": text });
                let request = |it: &Client, url: &str| it.post(format!("{url}/api/posts")).header("idempotency-key", &key).json(&body);
                let answer = self.with_token(client, shared, request).await?;
                ensure!(answer.status() == StatusCode::CREATED, "the post was answered {}", answer.status());
                shared.posts.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
            }
            Kind::StoreWithPages => {
                let (path, form) = (format!("/shopping-cart/lines/{PRODUCT}"), format!("quantity={quantity}"));
                let answer = self.send(client, shared, |it, url| form_request(it, url, &path, &form)).await?;
                let to = answer.headers().get("location").and_then(|it| it.to_str().ok()).unwrap_or_default();
                ensure!(
                    answer.status().is_redirection() && to.starts_with("/shopping-cart"),
                    "the form was answered {} {to}",
                    answer.status()
                );
                self.quantity = Some(quantity);
            }
        }
        shared.writes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn read(&mut self, client: &Client, shared: &Shared) -> anyhow::Result<()> {
        let answer = match self.kind {
            Kind::StoreWithToken => self.with_token(client, shared, |it, url| it.get(format!("{url}/api/load-shopping-cart"))).await?,
            Kind::ForumsWithToken => self.with_token(client, shared, |it, url| it.get(format!("{url}/api/load-posts"))).await?,
            Kind::StoreWithPages => self.send(client, shared, |it, url| it.get(format!("{url}/shopping-cart"))).await?,
        };
        ensure!(answer.status() == StatusCode::OK, "a read was answered {}: the session is lost", answer.status());
        answer.bytes().await?;
        Ok(())
    }

    /// Sends a request with the access token, and renews the token when it has expired.
    async fn with_token(
        &mut self,
        client: &Client,
        shared: &Shared,
        request: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> anyhow::Result<Response> {
        let token = self.token.clone();
        let answer = self.send(client, shared, |it, url| request(it, url).bearer_auth(&token)).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        self.ask_fusionauth(client, shared, "/api/jwt/refresh", &json!({})).await.context("a renewal")?;
        shared.renewals.fetch_add(1, Ordering::Relaxed);
        let token = self.token.clone();
        self.send(client, shared, |it, url| request(it, url).bearer_auth(&token)).await
    }

    /// Signs in or renews at FusionAuth, as the single-page app does.
    async fn ask_fusionauth(&mut self, client: &Client, shared: &Shared, path: &str, body: &Value) -> anyhow::Result<()> {
        let url = format!("https://auth.example.test:{}{path}", shared.port);
        let cookies = self.cookie_header();
        let answer = shared.tried(|| client.post(&url).header("cookie", &cookies).json(body).send()).await?;
        ensure!(answer.status() == StatusCode::OK, "{path} was answered {}", answer.status());
        self.keep_cookies(&answer);
        let body: Value = answer.json().await?;
        body["token"].as_str().context("no token")?.clone_into(&mut self.token);
        Ok(())
    }

    async fn send(
        &mut self,
        client: &Client,
        shared: &Shared,
        request: impl Fn(&Client, &str) -> RequestBuilder,
    ) -> anyhow::Result<Response> {
        let url = format!("https://{}:{}", self.host(), shared.port);
        let cookies = if self.kind == Kind::StoreWithPages { self.cookie_header() } else { String::new() };
        let send = || {
            let request = request(client, &url);
            if cookies.is_empty() { request.send() } else { request.header("cookie", &cookies).send() }
        };
        let answer = shared.tried(send).await?;
        if self.kind == Kind::StoreWithPages {
            self.keep_cookies(&answer);
        }
        Ok(answer)
    }

    fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookies(&mut self, answer: &Response) {
        for line in answer.headers().get_all("set-cookie").iter().filter_map(|it| it.to_str().ok()) {
            let Some((name, value)) = line.split(';').next().and_then(|it| it.split_once('=')) else { continue };
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Shared {
    fn fail(&self, failure: String) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
    }

    /// Sends a request. After an error, waits as `Retry-After` says, or for 200 ms, and retries once.
    async fn tried<F: Future<Output = reqwest::Result<Response>>>(&self, send: impl Fn() -> F) -> anyhow::Result<Response> {
        let first = match send().await {
            Ok(answer) if !answer.status().is_server_error() => {
                self.requests.fetch_add(1, Ordering::Relaxed);
                return Ok(answer);
            }
            Ok(answer) => {
                let seconds = answer.headers().get("retry-after").and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
                tokio::time::sleep(seconds.map_or(Duration::from_millis(200), Duration::from_secs)).await;
                answer.status().to_string()
            }
            Err(error) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                format!("{error:?}")
            }
        };
        self.retries.fetch_add(1, Ordering::Relaxed);
        match send().await {
            Ok(answer) if !answer.status().is_server_error() => {
                self.requests.fetch_add(1, Ordering::Relaxed);
                Ok(answer)
            }
            Ok(answer) => bail!("{first}, and then {}", answer.status()),
            Err(error) => bail!("{first}, and then {error:?}"),
        }
    }
}

fn form_request(client: &Client, url: &str, path: &str, form: &str) -> RequestBuilder {
    let request = client.post(format!("{url}{path}")).header("sec-fetch-site", "same-origin");
    request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned())
}
