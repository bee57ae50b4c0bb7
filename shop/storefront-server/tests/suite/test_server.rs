//! One instance of the server with its own database and folder, and a client that reaches each of its hosts.
//!
//! The server's FusionAuth is an `issuer` that signs any token for a test. Tests of sign-ins and cookies use `test_cluster`.

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc};
use storefront_api::{Cart, Problem};
use storefront_server::{clock::Clock, database, demo_data, search_words, server::Server};
use tempfile::TempDir;
use test_support::issuer::{self, Issuer};
use uuid::Uuid;

/// A host of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Store,
    Forums,
    Unknown,
}

impl Host {
    fn name(self) -> &'static str {
        match self {
            Self::Store => "store.spa-local-storage.localhost",
            Self::Forums => "forums.spa-local-storage.localhost",
            Self::Unknown => "localhost",
        }
    }
}

pub(crate) struct TestServer {
    pub(crate) issuer: Issuer,
    pub(crate) address: SocketAddr,
    pub(crate) folder: Arc<TempDir>,
    pub(crate) database_url: String,
    pub(crate) clock: Clock,
    client: Client,
}

impl TestServer {
    /// Starts a server with demo data.
    pub(crate) async fn start() -> Self {
        Self::start_with(&["--demo-data"]).await
    }

    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        let issuer = Issuer::start().await;
        let url = issuer.url.clone();
        Self::start_on(issuer, &url, flags).await
    }

    /// Starts a server with a FusionAuth at another URL than the issuer's. Nothing needs to listen there.
    pub(crate) async fn start_on(issuer: Issuer, fusionauth_url: &str, flags: &[&str]) -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        std::fs::create_dir_all(folder.path().join("dist/assets")).unwrap();
        let database_url =
            if flags.contains(&"--demo-data") { demo_database(folder.path()).await } else { fresh_database(folder.path()).await };
        Self::start_in(folder, database_url, issuer, fusionauth_url, flags).await
    }

    async fn start_in(folder: Arc<TempDir>, database_url: String, issuer: Issuer, fusionauth_url: &str, flags: &[&str]) -> Self {
        let server = bind(folder.path(), &database_url, fusionauth_url, flags).await;
        let (address, clock) = (server.address().unwrap(), server.clock());
        tokio::spawn(server.run(std::future::pending()));
        let client = test_support::http_client_builder();
        let client = [Host::Store, Host::Forums].into_iter().fold(client, |it, host| it.resolve(host.name(), address)).build().unwrap();
        Self { issuer, address, folder, database_url, clock, client }
    }

    /// Starts another instance on the same database.
    pub(crate) async fn another_instance(&self) -> Self {
        self.another_instance_with(&["--demo-data"]).await
    }

    /// Starts another instance on the same database with these flags.
    pub(crate) async fn another_instance_with(&self, flags: &[&str]) -> Self {
        let (folder, database_url, issuer) = (Arc::clone(&self.folder), self.database_url.clone(), self.issuer.clone());
        Self::start_in(folder, database_url, issuer, &self.issuer.url, flags).await
    }

    pub(crate) fn origin(&self, host: Host) -> String {
        format!("http://{}:{}", host.name(), self.address.port())
    }

    pub(crate) fn ask(&self, method: Method, host: Host, path: &str) -> RequestBuilder {
        let url = match host {
            // The URL has the socket address, because some machines resolve plain `localhost` to ::1.
            Host::Unknown => format!("http://{}{path}", self.address),
            Host::Store | Host::Forums => format!("{}{path}", self.origin(host)),
        };
        self.client.request(method, url)
    }

    pub(crate) fn get(&self, host: Host, path: &str) -> RequestBuilder {
        self.ask(Method::GET, host, path)
    }

    pub(crate) async fn cart(&self, user_id: &str) -> Cart {
        let answer =
            self.get(Host::Store, "/api/load-shopping-cart").bearer_auth(issuer::token(user_id, issuer::STORE)).send().await.unwrap();
        with_status(StatusCode::OK, answer).json().await.unwrap()
    }

    /// Sends any JSON as the new line of `product` in the shopper's cart.
    pub(crate) async fn put_line(&self, product: &str, body: &Value) -> Response {
        let line = format!("/api/shopping-cart/lines/{product}");
        let token = issuer::token(issuer::SHOPPER, issuer::STORE);
        self.ask(Method::PUT, Host::Store, &line).bearer_auth(token).json(body).send().await.unwrap()
    }

    pub(crate) fn write_file(&self, path: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder.path().join("dist").join(path), content).unwrap();
    }
}

/// The response, which must have this status.
#[track_caller]
pub(crate) fn with_status(status: StatusCode, answer: Response) -> Response {
    assert_eq!(answer.status(), status, "{}", answer.url());
    answer
}

/// The problem document of a response. Checks the headers and members that every problem has.
pub(crate) async fn problem(answer: Response) -> Problem {
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert!(answer.headers().contains_key("x-request-id"));
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let status = answer.status().as_u16();
    let problem: Problem = answer.json().await.unwrap();
    assert_eq!(problem.status, status);
    assert!(problem.kind.starts_with("/problems/"), "{}", problem.kind);
    problem
}

pub(crate) async fn serve(folder: &std::path::Path, database_url: &str, fusionauth_url: &str, flags: &[&str]) -> SocketAddr {
    serve_both(folder, database_url, fusionauth_url, flags).await.0
}

/// Starts the server. Returns its socket address and, with `--auth-listen`, that of the proxy before FusionAuth.
pub(crate) async fn serve_both(
    folder: &std::path::Path,
    database_url: &str,
    fusionauth_url: &str,
    flags: &[&str],
) -> (SocketAddr, Option<SocketAddr>) {
    let server = bind(folder, database_url, fusionauth_url, flags).await;
    let addresses = (server.address().unwrap(), server.auth_address());
    tokio::spawn(server.run(std::future::pending()));
    addresses
}

/// Binds a server that serves the app from this folder.
pub(crate) async fn bind(folder: &std::path::Path, database_url: &str, fusionauth_url: &str, flags: &[&str]) -> Server {
    let dist = folder.join("dist");
    let own =
        ["storefront-server", "--listen", "127.0.0.1:0", "--database-url", database_url, "--fusionauth-url", fusionauth_url, "--dist"];
    let arguments = own.into_iter().chain([dist.to_str().unwrap()]).chain(flags.iter().copied());
    crate::bind(arguments.map(ToOwned::to_owned).collect()).await
}

/// The URL of a new database with demo data. For SQLite, each test gets a copy of one file, because writing it takes longer than most tests.
pub(crate) async fn demo_database(folder: &std::path::Path) -> String {
    static FILE: tokio::sync::OnceCell<Vec<u8>> = tokio::sync::OnceCell::const_new();
    let url = fresh_database(folder).await;
    if let Some(path) = url.strip_prefix("sqlite://") {
        let write = || async {
            let db = database::open(&url).await.unwrap();
            demo_data::fill(&db).await.unwrap();
            search_words::fill(&db).await.unwrap();
            db.close().await;
            std::fs::read(path).unwrap()
        };
        std::fs::write(path, FILE.get_or_init(write).await).unwrap();
    }
    url
}

pub(crate) async fn fresh_database(folder: &std::path::Path) -> String {
    match std::env::var("TEST_DATABASE_URL") {
        Ok(url) if url.starts_with("postgres") => {
            sqlx::any::install_default_drivers();
            let schema = format!("test_{}", Uuid::new_v4().simple());
            let pool = sqlx::AnyPool::connect(&url).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await.unwrap();
            pool.close().await;
            format!("{url}{}options[search_path]={schema}", if url.contains('?') { '&' } else { '?' })
        }
        _ => format!("sqlite://{}", folder.join("test.sqlite").display()),
    }
}
