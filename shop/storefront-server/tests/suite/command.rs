//! The program as an operator sees it: how it starts, what it logs, and how it stops.

use crate::browse::assert_has;
use crate::test_cluster::{API_KEY, PASSWORD, TestCluster, sign_in_by_form, store};
use reqwest::StatusCode;
use std::process::Stdio;
use tempfile::TempDir;
use test_support::issuer::{Issuer, SHOPPER, STORE, token};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// The program with an empty environment.
pub(crate) fn command(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storefront-server"));
    command.current_dir(folder).env_clear().stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Waits for the first line on stdout, and returns the host and port in it.
pub(crate) async fn started(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    line.trim_end().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}")).to_owned()
}

/// Sends the program a signal, such as the TERM of a service manager.
pub(crate) async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("/bin/kill").args(["-s", name, &id]).status().await.unwrap().success());
}

/// Starts the program with invalid flags. Returns the exit code and the text on stderr.
async fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(TempDir::new().unwrap().path()).args(arguments).output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn it_starts_without_flags_logs_no_secret_and_stops_on_sigterm() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let mut child = command(folder.path())
        .args(["--listen", "127.0.0.1:0", "--demo-data"])
        .env("FUSIONAUTH_URL", &issuer.url)
        .env("RUST_LOG", "trace")
        .spawn()
        .unwrap();
    let address = started(&mut child).await;
    for file in ["storefront.sqlite", "storefront.sqlite-wal"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("target").join(file)).expect("the default database").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner can read {file}");
    }

    let token = token(SHOPPER, STORE);
    let client = test_support::http_client();
    let ask = |path: &str| client.get(format!("http://{address}{path}")).header("host", "store.spa-local-storage.localhost");
    let good = ask("/api/load-shopping-cart?canary-query=1")
        .bearer_auth(&token)
        .header("cookie", "refresh_token=canary-cookie")
        .send()
        .await
        .unwrap();
    assert_eq!(good.status(), StatusCode::OK);
    let bad = ask("/api/load-shopping-cart").bearer_auth(format!("{token}canary-token")).send().await.unwrap();
    assert_eq!(bad.status(), StatusCode::UNAUTHORIZED);

    signal(&child, "TERM").await;
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("/api/load-shopping-cart") && log.contains("status=200") && log.contains("stopping"), "{log}");
    let signature = token.rsplit('.').next().unwrap();
    for secret in [signature, &token[..60], "canary-cookie", "canary-token"] {
        assert!(!log.contains(secret), "the log at level trace contains {secret}");
    }
}

#[tokio::test]
async fn no_id_that_opens_an_account_is_logged_when_fusionauth_is_away() {
    let folder = TempDir::new().unwrap();
    // Nothing listens on port 1.
    let flags = ["--listen", "127.0.0.1:0", "--fusionauth-url", "http://127.0.0.1:1", "--demo-data"];
    let mut child = command(folder.path()).args(flags).spawn().unwrap();
    let address = started(&mut child).await;
    let client = test_support::http_client();
    let page = client.get(format!("http://{address}/change-password")).header("host", "store.webapp-jwt.localhost");
    let page = page.header("cookie", "storefront_change_password_id=canary-id").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
    for (host, path) in [
        ("store.webapp-jwt.localhost", "/password/change/canary"),
        ("store.webapp-jwt.localhost", "/email/verify/canary"),
        ("store.webapp-jwt.localhost", "/registration/verify/canary"),
        ("store.webapp-jwt.localhost", "/nowhere/canary"),
        ("store.webapp-jwt.localhost", "/change-password/canary"),
        ("store.webapp-jwt.localhost", "/verify-email/canary"),
        ("store.webapp-jwt.localhost", "/login/link/canary.1"),
        ("store.webapp-jwt.localhost", "/guest-order/canary"),
        ("store.spa-backend.localhost", "/guest-order/canary"),
        ("store.spa-backend.localhost", "/verify-email/canary"),
        ("store.spa-backend.localhost", "/verify-registration/canary"),
        ("store.spa-backend.localhost", "/change-password/canary"),
        ("store.spa-backend.localhost", "/canary.js"),
        ("store.spa-backend.localhost", "/api/nowhere/canary"),
        ("store.spa-backend.localhost", "/products/canary"),
    ] {
        client.get(format!("http://{address}{path}")).header("host", host).send().await.unwrap();
    }

    signal(&child, "TERM").await;
    let log = String::from_utf8(child.wait_with_output().await.unwrap().stderr).unwrap();
    assert!(log.contains("FusionAuth does not answer") && log.contains("/api/user/change-password"), "{log}");
    assert!(log.contains("/verify-email/{") && log.contains("/products/{product}"), "the log shows the patterns of the routes: {log}");
    assert!(!log.contains("canary"), "{log}");
}

#[tokio::test]
async fn the_first_error_of_a_migration_is_in_the_log() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("other.sqlite").display());
    sqlx::any::install_default_drivers();
    let other = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query("CREATE TABLE products (of_another TEXT)").execute(&other).await.unwrap();
    other.close().await;
    let output = command(folder.path()).args(["--listen", "127.0.0.1:0", "--database-url", &url]).output().await.unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let first = log.lines().find(|it| it.contains("trying once more")).unwrap_or_else(|| panic!("{log}"));
    assert!(!output.status.success() && first.contains("already exists"), "{log}");
}

#[tokio::test]
async fn a_request_that_is_being_answered_is_answered_before_it_stops() {
    let (issuer, folder) = (Issuer::start().await, TempDir::new().unwrap());
    let mut child =
        command(folder.path()).args(["--listen", "127.0.0.1:0", "--demo-data", "--fusionauth-url", &issuer.url]).spawn().unwrap();
    let address = started(&mut child).await;

    let mut connection = BufReader::new(TcpStream::connect(&address).await.unwrap());
    let head = format!(
        "PUT /api/shopping-cart/lines/hammock HTTP/1.1\r\nHost: store.spa-local-storage.localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 14\r\nExpect: 100-continue\r\n\r\n",
        token(SHOPPER, STORE)
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut line = String::new();
    connection.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("HTTP/1.1 100"), "the handler does not wait for the body: {line}");

    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    signal(&child, "INT").await;
    while !log.next_line().await.unwrap().expect("the program ended without logging that it is stopping").contains("stopping") {}
    connection.write_all(b"{\"quantity\":1}").await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.contains("Two-tree hammock"), "{answer}");
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn invalid_settings_are_reported_at_the_start() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().to_string();
    let (code, stderr) = refused(&["--listen", &port]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("storefront-server: ") || stderr.contains("\nstorefront-server: "), "{stderr}");
    assert!(stderr.contains(&port) && stderr.contains("--listen") && !stderr.contains("backtrace"), "{stderr}");

    let (code, stderr) = refused(&["--database-url", "postgres://shop:canary-password@127.0.0.1:1/shop"]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("PostgreSQL cannot be reached") && !stderr.contains("canary"), "{stderr}");

    let (code, stderr) = refused(&["--database-url", "mysql://canary-password@host/shop"]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("sqlite:// or postgres://") && !stderr.contains("canary"), "{stderr}");

    let (code, stderr) = refused(&["--issuer", ""]).await;
    assert_eq!(code, Some(2));
    assert!(stderr.contains("--issuer"), "{stderr}");

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("shop.sqlite");
    let url = format!("sqlite://{}", file.display());
    std::fs::write(&file, "This is no database. ".repeat(500)).unwrap();
    let (code, stderr) = refused(&["--database-url", &url]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("the SQLite file cannot be opened") && stderr.contains("file is not a database"), "{stderr}");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "").unwrap();
    let (code, stderr) = refused(&["--database-url", &format!("{url}?mode=ro")]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("readonly database"), "{stderr}");

    for flags in [["--fusionauth-url", "localhost:9011"], ["--request-timeout", "0"], ["--clock-leeway", "301"], ["--app", "shop"]] {
        let (code, stderr) = refused(&flags).await;
        assert_eq!(code, Some(2), "{flags:?}");
        assert!(stderr.contains(flags[0]), "{stderr}");
    }
}

#[tokio::test]
async fn help_names_every_flag_and_variable_and_no_value_of_the_environment() {
    let output = command(TempDir::new().unwrap().path()).arg("--help").env("DATABASE_URL", "postgres://canary").output().await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let parts = [
        "--app",
        "--listen",
        "--dist",
        "--fusionauth-url",
        "--auth-port",
        "--database-url",
        "DATABASE_URL",
        "--demo-data",
        "--clock-leeway",
    ];
    assert_has(&help, &parts);
    assert!(!help.contains("canary"));
}

#[tokio::test]
async fn no_workflow_logs_a_secret() {
    let (cluster, folder) = (TestCluster::start_with(&[], 0).await, TempDir::new().unwrap());
    cluster.one_time_use().await;
    let mut child = command(folder.path())
        .args(["--listen", "127.0.0.1:0", "--auth-listen", "127.0.0.1:0", "--demo-data", "--refresh-grant", "oauth2"])
        .env("FUSIONAUTH_URL", cluster.fusionauth.base_url())
        .env("FUSIONAUTH_API_KEY", API_KEY)
        .env("STOREFRONT_STORE_CLIENT_SECRET", "development-only-store-client-secret")
        .env("RUST_LOG", "trace,axum=trace,h2=trace,hyper=trace,hyper_util=trace,reqwest=trace,rustls=trace,sqlx=trace,tower=trace")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut address = async || {
        let line = lines.next_line().await.unwrap().unwrap();
        line.rsplit_once("http://").unwrap().1.parse::<std::net::SocketAddr>().unwrap()
    };
    let browser = cluster.browser_at(address().await, address().await);
    let mut log = child.stderr.take().unwrap();
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        log.read_to_string(&mut text).await.unwrap();
        text
    });

    let mut secrets =
        [PASSWORD, API_KEY, "development-only-store-client-secret", "canary-word", "canary-id", "canary-code"].map(str::to_owned).to_vec();
    let mut seen = |browser: &crate::test_cluster::Browser, host: &str| {
        let cookies = browser.cookie_header(host);
        secrets.extend(cookies.split("; ").filter_map(|it| it.split_once('=')).map(|(_, value)| value[value.len() - 30..].to_owned()));
    };
    for workflow in ["spa-backend", "webapp-jwt", "webapp-session"] {
        let host = store(workflow);
        cluster.issue_stale();
        let page = if workflow == "spa-backend" {
            browser.sign_in(&host, "shopper@example.com").await;
            "/api/load-shopping-cart"
        } else {
            sign_in_by_form(&browser, &host, "shopper@example.com").await;
            "/shopping-cart"
        };
        seen(&browser, &host);
        cluster.issue_fresh();
        let db = storefront_server::database::open(&format!("sqlite://{}", folder.path().join("target/storefront.sqlite").display()))
            .await
            .unwrap();
        sqlx::query("UPDATE sessions SET expires_at = 1").execute(&db).await.unwrap();
        assert_eq!(browser.get(&host, page).await.status(), StatusCode::OK, "{workflow}");
        seen(&browser, &host);
        let registration = serde_json::json!({"email": format!("{workflow}@new.example"), "password": "canary-word"});
        assert_eq!(browser.post_json(&host, "/api/register", registration).await.status(), StatusCode::CREATED);
    }
    // Ids from mailed links: in requests, in calls to FusionAuth, and through the proxy.
    let pages = store("webapp-session");
    for link in
        ["/change-password/canary-id", "/verify-email/canary-id", "/verify-registration/canary-id", "/login/link/canary-id.canary-code"]
    {
        browser.get(&pages, link).await;
    }
    assert_eq!(browser.get(&pages, "/change-password").await.status(), StatusCode::NOT_FOUND);
    for page in ["/verify-email", "/verify-registration", "/login/link"] {
        browser.post_form(&pages, page, &[]).await;
    }
    browser.get(&store("spa-backend"), "/api/user/change-password/canary-id").await;
    browser.get("auth.spa-local-storage.localhost", "/api/user/change-password/canary-id").await;
    let code = serde_json::json!({"twoFactorId": "canary-id", "code": "canary-code"});
    browser.post_json(&store("spa-backend"), "/api/two-factor/login", code).await;

    let host = "auth.spa-shared-domain.localhost";
    let credentials = serde_json::json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE});
    assert_eq!(browser.post_json(host, "/api/login", credentials).await.status(), StatusCode::OK);
    seen(&browser, host);
    assert_eq!(browser.get(&store("spa-shared-domain"), "/api/load-shopping-cart").await.status(), StatusCode::OK);

    signal(&child, "TERM").await;
    assert!(child.wait().await.unwrap().success());
    let log = reading.await.unwrap();
    assert!(log.contains("/api/load-shopping-cart") && log.lines().count() > 100);
    assert!(log.contains(" TRACE ") || log.contains("DEBUG"), "the log has more than its default level");
    assert!(secrets.len() > 14, "{}", secrets.len());
    for secret in secrets {
        let line = log.lines().find(|it| it.contains(&secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}

#[tokio::test]
async fn a_log_for_programs_is_one_json_object_in_each_line() {
    let folder = TempDir::new().unwrap();
    let mut child = command(folder.path()).args(["--listen", "127.0.0.1:0", "--log-format", "json"]).spawn().unwrap();
    let address = started(&mut child).await;
    let client = test_support::http_client();
    client.get(format!("http://{address}/healthz")).header("x-request-id", "request-of-a-proxy").send().await.unwrap();
    signal(&child, "TERM").await;
    let output = child.wait_with_output().await.unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<serde_json::Value> = log.lines().map(|it| serde_json::from_str(it).unwrap_or_else(|_| panic!("{it}"))).collect();
    let answered = lines.iter().find(|it| it["message"] == "answered").unwrap_or_else(|| panic!("{log}"));
    assert_eq!((&answered["span"]["id"], &answered["status"]), (&"request-of-a-proxy".into(), &200.into()));
}

#[tokio::test]
async fn check_prints_the_settings_and_starts_nothing() {
    let folder = TempDir::new().unwrap();
    let output = command(folder.path()).args(["--check", "--issuer", "acme.example"]).output().await.unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("issuer = \"acme.example\" # from --issuer\n"));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "no database was created");
    let (code, stderr) = refused(&["--check", "--tls-key", "key.pem"]).await;
    assert_eq!(code, Some(1));
    assert!(stderr.contains("--tls-certificate and --tls-key belong together"), "{stderr}");
}
