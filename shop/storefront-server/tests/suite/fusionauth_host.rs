//! FusionAuth's host behind the proxy: which requests pass in each workflow, and that the deployment's files and documents say the same.

use crate::device::WORKFLOWS as COOKIE_WORKFLOWS;
use crate::fusionauth_members::{Mirror, body_of_app, example, proxy};
use crate::spa_shared_domain::sign_in;
use crate::static_site::{installed, serve_with, serve_with_nginx, stop};
use crate::test_cluster::{API_KEY, Browser, NEW_PASSWORD, PASSWORD, TestCluster, auth, forums, set_cookies, sign_in_by_form, store};
use crate::test_server::problem;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use storefront_server::auth_proxy::endpoints::{APP, CLOSED, Limit, Set, closed, names};
use storefront_server::config::path_pattern::{PathPattern, fits};
use tempfile::TempDir;
use test_support::issuer::{FORUMS, SHOPPER, STORE};
use test_support::reserved_port::ReservedPort;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const APP_WORKFLOWS: [&str; 2] = ["spa-local-storage", "spa-shared-domain"];

fn is_in_a_row(method: &str, path: &str) -> bool {
    let has = |(expected, pattern): (&str, &str)| (expected == "*" || expected == method) && fits(pattern, path);
    APP.iter().map(|it| (it.method, it.path)).chain(CLOSED.iter().flat_map(closed)).any(has)
}

/// The paths in the sources of the emulator's API. Its published operations are there, too.
fn paths_of_the_emulator() -> BTreeSet<String> {
    fn read(folder: &Path, paths: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
            if entry.is_dir() {
                read(&entry, paths);
                continue;
            }
            let source = fs::read_to_string(&entry).unwrap();
            let of_operations = source.lines().filter_map(|it| it.split_once(" /")).map(|(_, path)| format!("/{path}"));
            let of_routes = source.split('"').filter(|it| it.starts_with('/')).map(ToOwned::to_owned);
            let is_operations = entry.ends_with("operations.txt");
            paths.extend(if is_operations { of_operations.collect::<Vec<_>>() } else { of_routes.collect() });
        }
    }
    let mut paths = BTreeSet::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../emulator/fusionauth-emulator/src/api"), &mut paths);
    paths.retain(|it| {
        it.split('/').skip(1).all(|it| !it.is_empty() && !it.contains(|it: char| !it.is_ascii_alphanumeric() && !"-._{}".contains(it)))
    });
    paths
}

/// Sends a request as a thief who has the cookies and the access token of a user, but no API key.
async fn steal(fusionauth: &str, method: &Method, path: &str, token: &str, cookies: &str) -> Response {
    let request = test_support::http_client();
    let request = request.request(method.clone(), format!("{fusionauth}{path}")).header("authorization", format!("Bearer {token}"));
    let request = request.header("cookie", cookies);
    match *method {
        Method::POST | Method::PUT | Method::PATCH => request.json(&json!({})).send().await.unwrap(),
        _ => request.send().await.unwrap(),
    }
}

#[tokio::test]
async fn every_route_of_fusionauth_that_needs_no_api_key_is_in_the_table() {
    let cluster = TestCluster::start().await;
    let (url, paths) = (cluster.fusionauth.base_url(), paths_of_the_emulator());
    assert!(paths.len() > 150 && paths.contains("/app/callback") && paths.contains("/api/jwt/issue"), "{paths:?}");
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE});
    let (mut missing, mut public) = (Vec::new(), BTreeSet::new());
    for pattern in paths {
        let path = example(&pattern);
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            // A fresh sign-in for each request, because some of them end it.
            let answer = test_support::http_client().post(format!("{url}/api/login")).json(&body).send().await.unwrap();
            let cookies: Vec<&str> = set_cookies(&answer).into_iter().filter_map(|it| it.split(';').next()).collect();
            let cookies = cookies.join("; ");
            let token = answer.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
            let status = steal(&url, &method, &path, &token, &cookies).await.status().as_u16();
            let needs_api_key = matches!(status, 401 | 404 | 405 | 501);
            if !needs_api_key {
                public.insert(format!("{method} {pattern}"));
                missing.extend((!is_in_a_row(method.as_str(), &path)).then(|| format!("{method} {pattern} {status}")));
            }
        }
    }
    assert!(missing.is_empty(), "no row has {missing:#?}");
    for known in ["GET /api/jwt/issue", "POST /api/jwt/refresh", "GET /api/user/two-factor/recovery-code/{userId}"] {
        assert!(public.contains(known), "{known} needs no API key, but the test has not noticed: {public:#?}");
    }
}

async fn ask(proxy: std::net::SocketAddr, host: &str, method: &str, path: &str) -> Response {
    let client = test_support::http_client();
    let request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("http://{proxy}{path}"));
    let request = request.header("host", format!("{host}:9011")).header("authorization", API_KEY);
    let body = body_of_app(path.split('?').next().unwrap());
    if method == "POST" { request.json(&body).send().await.unwrap() } else { request.send().await.unwrap() }
}

#[tokio::test]
async fn the_proxy_passes_what_the_app_of_its_workflow_needs_and_nothing_else() {
    let mirror = Mirror::start().await;
    let (_folder, proxy) = proxy(&mirror.url, "", &[]).await;
    for workflow in APP_WORKFLOWS.into_iter().chain(COOKIE_WORKFLOWS) {
        for endpoint in APP {
            let path = example(endpoint.path);
            let answer = ask(proxy, &auth(workflow), endpoint.method, &path).await;
            let passes = APP_WORKFLOWS.contains(&workflow);
            assert_eq!(answer.status() == StatusCode::OK, passes, "{workflow} {} {path}", endpoint.method);
            let reached: Vec<_> = mirror.take().into_iter().map(|it| (it.method, it.target)).collect();
            assert_eq!(reached, passes.then(|| (endpoint.method.to_owned(), path)).into_iter().collect::<Vec<_>>(), "{workflow}");
        }
        for (method, pattern) in CLOSED.iter().flat_map(closed) {
            let methods = if method == "*" { vec!["GET", "POST", "PUT", "PATCH", "DELETE"] } else { vec![method] };
            for method in methods.into_iter().filter(|it| !APP.iter().any(|app| (app.method, app.path) == (*it, pattern))) {
                let answer = ask(proxy, &auth(workflow), method, &example(pattern)).await;
                assert_eq!((answer.status(), mirror.take().len()), (StatusCode::NOT_FOUND, 0), "{workflow} {method} {pattern}");
            }
        }
    }
    for (workflow, hsts) in [("spa-local-storage", None), ("spa-backend", Some("max-age=63072000"))] {
        let headers = ask(proxy, &auth(workflow), "GET", "/api/status").await.headers().clone();
        assert_eq!(headers.get("strict-transport-security").map(|it| it.to_str().unwrap()), hsts);
        assert_eq!(headers["x-content-type-options"], "nosniff");
    }
    mirror.take();
    let preflight = ask(proxy, &auth(APP_WORKFLOWS[0]), "OPTIONS", "/api/jwt/refresh").await;
    assert_eq!(preflight.status(), StatusCode::OK);
    for (host, path) in
        [("auth.unknown.localhost", "/api/login"), ("localhost", "/api/login"), ("auth.spa-local-storage.localhost", "/api/unknown")]
    {
        let refused = ask(proxy, host, "POST", path).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND, "{host}");
        assert_eq!(refused.headers()["content-type"], "application/problem+json", "an app reads an empty 404 as the end of the session");
    }
}

#[tokio::test]
async fn an_operator_names_more_paths() {
    let mirror = Mirror::start().await;
    let (_folder, proxy) = proxy(&mirror.url, r#"pass = ["/app/*", "/.well-known/jwks.json"]"#, &[]).await;
    for (workflow, path, status) in [
        ("spa-local-storage", "/app/me", 200),
        ("spa-local-storage", "/app/me/a", 200),
        ("spa-local-storage", "/.well-known/jwks.json", 200),
        ("spa-local-storage", "/.well-known/openid-configuration", 404),
        ("spa-local-storage", "/app/../api/jwt/issue", 404),
        ("spa-local-storage", "/app/%2e%2e/api/jwt/issue", 404),
        ("spa-shared-domain", "/app/me", 404),
    ] {
        let answer = ask(proxy, &auth(workflow), "GET", path).await;
        assert_eq!(answer.status(), status, "{workflow} {path}");
    }
    let reached = mirror.take();
    assert!(reached.len() == 3 && reached.iter().all(|it| it.headers["authorization"] == API_KEY));
}

#[tokio::test]
async fn a_stolen_token_changes_nothing_at_fusionauths_host() {
    let cluster = TestCluster::start().await;
    let (browser, host) = (cluster.browser(), auth("spa-local-storage"));
    let token = local_storage_sign_in(&browser).await.1["token"].as_str().unwrap().to_owned();
    let recovery_codes = format!("/api/user/two-factor/recovery-code/{SHOPPER}");
    for (method, path) in [
        (Method::GET, "/api/two-factor/secret"),
        (Method::POST, &*format!("/api/user/two-factor/{SHOPPER}")),
        (Method::GET, &*recovery_codes),
        (Method::POST, &*recovery_codes),
        (Method::GET, "/api/jwt/issue?applicationId=10000000-0000-0000-0000-000000000001"),
        (Method::POST, "/api/webauthn/register/start"),
    ] {
        let request = browser.request(method.clone(), &host, path).bearer_auth(&token).json(&json!({}));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::NOT_FOUND, "{method} {path}");
    }
}

/// Signs in as the app of `spa-local-storage` does. Returns the status and the body.
async fn local_storage_sign_in(browser: &Browser) -> (StatusCode, Value) {
    let body = json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE});
    let answer = browser.post_json(&auth("spa-local-storage"), "/api/login", body).await;
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn no_body_has_a_refresh_token_where_a_script_could_read_it() {
    let cluster = TestCluster::start().await;
    cluster.one_time_use().await;
    let (browser, host) = (cluster.browser(), auth("spa-local-storage"));
    let (status, signed_in) = local_storage_sign_in(&browser).await;
    let renewed: Value = browser.post_json(&host, "/api/jwt/refresh", json!({})).await.json().await.unwrap();
    assert!(status == StatusCode::OK && signed_in["token"].is_string() && renewed["token"].is_string());
    assert!(signed_in.get("refreshToken").is_none() && renewed.get("refreshToken").is_none(), "{signed_in} {renewed}");
    assert!(signed_in["refreshTokenId"].is_string(), "by its id, the app sees that there is a refresh token");
    assert!(browser.cookie(&host, "refresh_token").is_some());
}

#[tokio::test]
async fn a_cookie_that_another_host_has_set_signs_nobody_in() {
    let cluster = TestCluster::start().await;
    let (browser, site) = (cluster.browser(), store("spa-shared-domain"));
    sign_in(&browser, &site, STORE).await;
    let mine = browser.cookie_header(&site);
    for name in ["store.access_token", "store.refresh_token"] {
        let both = format!("{name}=another-value; {mine}");
        let renewal = browser.bare(Method::POST, &auth("spa-shared-domain"), "/api/jwt/refresh").header("cookie", &both).json(&json!({}));
        let renewal = renewal.header("origin", format!("http://{site}:8080"));
        let answer = renewal.send().await.unwrap();
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::BAD_REQUEST, 0), "{name}");
        let expected = if name == "store.access_token" { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let answer = browser.bare(Method::GET, &site, "/api/load-shopping-cart").header("cookie", &both).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{name}");
        if name == "store.access_token" {
            assert_eq!(problem(answer).await.kind, "/problems/cookies-ambiguous");
        }
    }
}

/// The number of renewals of each application in each workflow. With two applications in five workflows, these are 2,000.
const RENEWALS: u32 = 200;
const EMAIL: &str = "one-browser@example.com";

/// A page or data of the application that only a user gets.
fn private_path_of(site: &str) -> &'static str {
    let is_of_pages = site.contains("webapp-");
    match (site.starts_with("store."), is_of_pages) {
        (true, false) => "/api/load-shopping-cart",
        (true, true) => "/shopping-cart",
        (false, false) => "/api/load-posts",
        (false, true) => "/posts",
    }
}

/// A user with the Store and the Forums of every workflow open in one browser.
struct OneBrowser {
    browser: Browser,
    /// The access tokens in local storage, by host.
    local_storage: Mutex<BTreeMap<String, String>>,
}

impl OneBrowser {
    /// Sends a request to FusionAuth as the app of this site does, and stores the new access token.
    async fn call(&self, site: &str, path: &str, body: Value) -> StatusCode {
        let answer = self.browser.post_to_fusionauth(site, path, body).await;
        let status = answer.status();
        if let Some(token) = answer.json::<Value>().await.unwrap_or_default()["token"].as_str() {
            self.local_storage.lock().unwrap().insert(site.to_owned(), token.to_owned());
        }
        status
    }

    async fn sign_in(&self, site: &str) {
        let status = match site.split('.').nth(1).unwrap() {
            workflow if APP_WORKFLOWS.contains(&workflow) => {
                let application = if site.starts_with("store.") { STORE } else { FORUMS };
                self.call(site, "/api/login", json!({"loginId": EMAIL, "password": PASSWORD, "applicationId": application})).await
            }
            "spa-backend" => self.browser.sign_in(site, EMAIL).await.status(),
            _ => sign_in_by_form(&self.browser, site, EMAIL).await.status(),
        };
        assert!(status == StatusCode::OK || status == StatusCode::FOUND, "{site}: {status}");
    }

    /// Asks for what only a user gets.
    async fn read(&self, site: &str) -> StatusCode {
        let token = self.local_storage.lock().unwrap().get(site).cloned().filter(|_| site.contains("spa-local-storage"));
        let request = self.browser.request(Method::GET, site, private_path_of(site));
        let request = token.into_iter().fold(request, |it, token| it.bearer_auth(token));
        self.browser.send(site, request).await.status()
    }
}

#[tokio::test]
async fn the_store_and_the_forums_stay_signed_in_beside_each_other_for_2000_renewals_in_every_workflow() {
    let cluster = TestCluster::start_with(&["--register-verified"], 1).await;
    cluster.one_time_use().await;
    let user = OneBrowser { browser: cluster.browser(), local_storage: Mutex::default() };
    let register = json!({"email": EMAIL, "password": PASSWORD});
    let answer = user.browser.post_json(&store(APP_WORKFLOWS[0]), "/api/register", register).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let sites = |workflows: &[&str]| workflows.iter().flat_map(|it| [store(it), forums(it)]).collect::<Vec<_>>();
    let (apps, backends) = (sites(&APP_WORKFLOWS), sites(&COOKIE_WORKFLOWS));
    // Both tabs submit at once, and each asks for its data as soon as it is signed in. A backend's tokens have already expired, so that each
    // request renews them.
    for pair in apps.chunks(2).chain(backends.chunks(2)) {
        if pair[0] == backends[0] {
            cluster.issue_stale();
        }
        let hurried = async |site: &String| {
            user.sign_in(site).await;
            assert_eq!(user.read(site).await, StatusCode::OK, "{site}");
        };
        tokio::join!(hurried(&pair[0]), hurried(&pair[1]));
    }
    let before = cluster.refreshes();
    for _ in 0..RENEWALS {
        cluster.advance(Duration::from_secs(3_600) / RENEWALS);
        for site in &apps {
            assert_eq!(user.call(site, "/api/jwt/refresh", json!({})).await, StatusCode::OK, "{site}");
        }
        for site in &apps {
            assert_eq!(user.read(site).await, StatusCode::OK, "{site}");
        }
        cluster.issue_stale();
        cluster.expire_sessions().await;
        for site in &backends {
            assert_eq!(user.read(site).await, StatusCode::OK, "{site}");
        }
    }
    assert_eq!(cluster.refreshes() - before, backends.len() * RENEWALS as usize);
    cluster.issue_fresh();
    for site in apps.iter().filter(|it| it.starts_with("forums.")) {
        assert_eq!(user.call(site, "/api/logout", json!({})).await, StatusCode::OK, "{site}");
    }
    for site in apps.iter().filter(|it| it.starts_with("store.")) {
        assert_eq!(user.call(site, "/api/jwt/refresh", json!({})).await, StatusCode::OK, "{site}: the Forums alone are signed out");
        assert_eq!(user.read(site).await, StatusCode::OK, "{site}");
    }
    for site in apps.iter().filter(|it| it.starts_with("forums.")) {
        assert_eq!(user.call(site, "/api/jwt/refresh", json!({})).await, StatusCode::BAD_REQUEST, "{site}");
    }
    cluster.advance(Duration::from_secs(2)); // access tokens name the second in which they were issued
    let change = json!({"currentPassword": PASSWORD, "password": NEW_PASSWORD});
    let changed = user.browser.post_json(&store(APP_WORKFLOWS[1]), "/api/account/password", change).await;
    assert_eq!(changed.status(), StatusCode::OK);
    for site in &backends {
        let status = user.read(site).await;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::FOUND].contains(&status), "{site}: {status}");
    }
    for site in apps.iter().filter(|it| it.starts_with("store.")) {
        assert_eq!(user.call(site, "/api/jwt/refresh", json!({})).await, StatusCode::BAD_REQUEST, "{site}: the password has changed");
        assert_eq!(user.read(site).await, StatusCode::UNAUTHORIZED, "{site}");
        for (password, status) in [(PASSWORD, StatusCode::NOT_FOUND), (NEW_PASSWORD, StatusCode::OK)] {
            let login = json!({"loginId": EMAIL, "password": password, "applicationId": STORE});
            assert_eq!(user.call(site, "/api/login", login).await, status, "{site} {password}");
        }
        assert_eq!(user.call(site, "/api/jwt/refresh", json!({})).await, StatusCode::OK, "{site}");
        assert_eq!(user.read(site).await, StatusCode::OK, "{site}");
    }
    let delete = json!({"currentPassword": NEW_PASSWORD});
    let delete = user.browser.post_json(&store(APP_WORKFLOWS[1]), "/api/account/delete", delete).await;
    assert_eq!(delete.status(), StatusCode::OK);
    for site in apps.iter().filter(|it| it.starts_with("store.")) {
        assert_eq!(user.call(site, "/api/jwt/refresh", json!({})).await, StatusCode::BAD_REQUEST, "{site}");
    }
}

/// What a limit counts.
fn counted(limit: Limit) -> String {
    let by = limit.member().map(|it| format!("`{it}`")).unwrap_or_default();
    match limit {
        Limit::None => String::new(),
        Limit::Calls => "other calls".to_owned(),
        Limit::CallsWith(_) => format!("other calls, only with {by}"),
        Limit::Passwords => format!("wrong passwords, by {by}"),
        Limit::Codes(..) => format!("wrong codes, by {by}"),
        Limit::PasswordLinks => format!("links for a new password, by {by}"),
        Limit::Messages => format!("codes that are sent again, by `{{id}}` and {by}"),
    }
}

/// The tables of docs/deploy.md.
fn tables() -> [String; 2] {
    let quoted = |text: &'static str| names(text).iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(" ");
    let of_app = APP.iter().map(|it| {
        let set = it.set.iter().map(|it| match it {
            Set::Application => "**`applicationId`**",
            Set::Device => "**`metaData`**",
            Set::Origin => "**`origin`**",
            Set::Site => "**`state`**",
        });
        let body = [quoted(it.body), set.collect::<Vec<_>>().join(" ")].join(" ");
        let cookies = format!("{} / {}", quoted(it.cookies), quoted(it.answer_cookies));
        let cookies = if cookies == " / " { "" } else { cookies.trim() };
        format!("| `{} {}` | {} | {cookies} | {} | {} |\n", it.method, it.path, body.trim(), quoted(it.answer), counted(it.limit))
    });
    let closed = CLOSED.iter().map(|it| {
        let endpoints: Vec<String> = closed(it).map(|(method, path)| format!("`{method} {path}`")).collect();
        format!("| {} | {} |\n", endpoints.join(" "), it.1)
    });
    [of_app.collect(), closed.collect()]
}

#[test]
fn the_deployments_files_pass_the_same_paths() {
    let text = include_str!("../../../../docs/deploy.md");
    for table in tables() {
        assert!(text.contains(&table), "docs/deploy.md lacks this table:\n{table}");
    }

    // nginx compares the path as it came.
    let pattern = |path: &str| path.replace('.', r"\.").replace("{id}", r"(?!\.\.?$)[A-Za-z0-9._~-]+");
    let nginx = include_str!("../../../deploy/nginx.conf");
    let lines = APP.iter().map(|it| format!("    \"~^({}|OPTIONS) {}$\" 1;\n", it.method, pattern(it.path)));
    let expected = format!("map \"$request_method $request_uri\" $is_for_app {{\n    default 0;\n{}}}\n", lines.collect::<String>());
    assert!(nginx.contains(&expected), "shop/deploy/nginx.conf lacks:\n{expected}");
    let lines = APP.iter().filter(|it| !it.cookies.is_empty()).map(|it| format!("    \"{}\" $http_cookie;\n", it.path));
    let expected = format!("map $request_uri $cookies_of_app {{\n    default \"\";\n{}}}\n", lines.collect::<String>());
    assert!(nginx.contains(&expected), "shop/deploy/nginx.conf lacks:\n{expected}");

    for method in ["GET", "POST"] {
        let paths: Vec<String> = APP.iter().filter(|it| it.method == method).map(|it| it.path.replace("{id}", "*")).collect();
        let expected = format!("        method {method} OPTIONS\n        path {}\n", paths.join(" "));
        assert!(text.contains(&expected), "the Caddyfile in docs/deploy.md lacks:\n{expected}");
    }
}

/// Replaces each text by another one.
fn adapted(text: &str, pairs: &[(&str, String)]) -> String {
    pairs.iter().fold(text.to_owned(), |it, (from, to)| {
        assert!(it.contains(from), "{from}");
        it.replace(from, to)
    })
}

/// The deployment's nginx in front of this server, with the port of https and the socket of http.
async fn serve_deployed_nginx(folder: &Path, nginx: &Path, upstream: &str) -> (tokio::process::Child, u16) {
    let reserved = ReservedPort::new().unwrap();
    let port = reserved.address.port();
    let http = adapted(
        include_str!("../../../deploy/nginx.conf"),
        &[
            ("listen 443 ssl http2", format!("listen 127.0.0.1:{port}")),
            ("listen 80", format!("listen unix:{}", folder.join("redirects").display())),
            ("/var/log/nginx/storefront.log", folder.join("access.log").display().to_string()),
            ("server 127.0.0.1:8081;", format!("server {upstream};")),
            ("server 127.0.0.1:8082;", String::new()),
        ],
    );
    let http: String = http.lines().filter(|it| !it.trim().starts_with("ssl_")).map(|it| format!("{it}\n")).collect();
    (serve_with_nginx(folder, nginx, &http, port).await, port)
}

#[tokio::test]
async fn nginx_passes_the_same_requests_without_what_redirects_them() {
    let Some(nginx) = installed("nginx") else { return };
    let (mirror, folder) = (Mirror::start().await, TempDir::new().unwrap());
    let (_running, port) = serve_deployed_nginx(folder.path(), &nginx, mirror.url.trim_start_matches("http://")).await;
    let address = ([127, 0, 0, 1], port).into();
    let endpoints = APP.iter().map(|it| (it.method, it.path, true));
    let closed = CLOSED.iter().flat_map(closed).filter(|(method, _)| *method != "*").map(|(method, path)| (method, path, false));
    for (method, pattern, passes) in endpoints.chain(closed) {
        let path = example(pattern);
        for (path, passes) in
            [(path.clone(), passes), (path.clone() + "?a=b", false), (path.clone() + "/", false), (path.to_uppercase(), false)]
        {
            let answer = ask(address, "auth.example.test", method, &path).await;
            let passes = passes || path == "/"; // only the shop has this path
            assert_eq!(answer.status() == StatusCode::OK, passes && path != "/", "{method} {path}");
            assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000");
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        }
        let of_shop = ask(address, "shop.example.test", method, &path).await;
        assert_eq!(of_shop.status(), StatusCode::OK, "the shop has other paths");
    }
    for path in ["/api/user/change-password/.", "/api/user/change-password/..", "/api/two-factor/send/%2e%2e"] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: auth.example.test\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{path} {answer}");
    }
    mirror.take();
    for endpoint in APP {
        let client = test_support::http_client();
        let request =
            client.request(Method::from_bytes(endpoint.method.as_bytes()).unwrap(), format!("http://{address}{}", example(endpoint.path)));
        let request = request.header("host", "auth.example.test").header("cookie", "access_token=a").header("authorization", API_KEY);
        let request =
            request.header("x-http-method-override", "PUT").header("x-method-override", "PUT").header("x-forwarded-for", "6.6.6.6");
        assert_eq!(request.header("x-fusionauth-tenantid", "other").send().await.unwrap().status(), StatusCode::OK);
        let reached = mirror.take().pop().unwrap();
        let header = |name: &str| reached.headers.get(name).map(|it| it.to_str().unwrap().to_owned());
        assert_eq!((&*reached.method, header("x-forwarded-for").as_deref()), (endpoint.method, Some("127.0.0.1")));
        assert_eq!((header("authorization"), header("x-fusionauth-tenantid")), (None, None));
        assert_eq!(header("cookie").is_some(), !endpoint.cookies.is_empty(), "{}", endpoint.path);
    }
    for (method, host, status) in
        [("GET", "shop.example.test", 308), ("POST", "shop.example.test", 405), ("GET", "evil.example", 404), ("POST", "evil.example", 404)]
    {
        let mut connection = tokio::net::UnixStream::connect(folder.path().join("redirects")).await.unwrap();
        let request = format!("{method} /a HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {host}: {answer}");
    }
}

/// Sends requests with secrets in their paths and queries.
async fn send_secrets(address: std::net::SocketAddr) {
    for (host, path) in [
        ("shop.example.test", "/login/link/canary.123456"),
        ("shop.example.test", "/change-password/canary"),
        ("shop.example.test", "/API/user/Change-Password/canary"),
        ("shop.example.test", "/verify-email/canary?canary"),
        ("auth.example.test", "/api/user/change-password/canary"),
        ("auth.example.test", "/API/USER/change-password/canary"),
        ("auth.example.test", "/api/logout?refreshToken=canary"),
        ("auth.example.test", "/api/two-factor/send/canary"),
    ] {
        for method in [Method::GET, Method::POST] {
            let request = test_support::http_client().request(method, format!("http://{address}{path}"));
            let request = request.header("host", host).header("referer", "https://shop.example.test/login/link/canary");
            request.json(&json!({})).send().await.unwrap();
        }
    }
}

/// A port at which nobody listens.
async fn nobody() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

#[tokio::test]
async fn nginx_logs_no_secret_whether_or_not_an_instance_answers() {
    let Some(nginx) = installed("nginx") else { return };
    for upstream in [Mirror::start().await.url.trim_start_matches("http://").to_owned(), nobody().await] {
        let folder = TempDir::new().unwrap();
        let (running, port) = serve_deployed_nginx(folder.path(), &nginx, &upstream).await;
        send_secrets(([127, 0, 0, 1], port).into()).await;
        stop(running).await;
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        let (log, errors) = (read("access.log"), read("error.log"));
        assert!(log.lines().count() == 16 && !log.contains("canary") && !errors.contains("canary"), "{log}{errors}");
    }
}

#[tokio::test]
async fn caddy_logs_no_secret_whether_or_not_an_instance_answers() {
    let Some(caddy) = installed("caddy") else { return };
    let text = include_str!("../../../../docs/deploy.md");
    let caddyfile = text.split("```caddyfile\n").nth(1).unwrap().split("```").next().unwrap();
    for upstream in [Mirror::start().await.url.trim_start_matches("http://").to_owned(), nobody().await] {
        let (folder, reserved) = (TempDir::new().unwrap(), ReservedPort::new().unwrap());
        let (port, log) = (reserved.address.port(), folder.path().join("log"));
        let configuration = adapted(
            caddyfile,
            &[
                ("    log {\n", format!("    log {{\n        output file {}\n", log.display())),
                ("shop.example.test, forum.example.test {", format!("http://shop.example.test:{port} {{")),
                ("auth.example.test {", format!("http://auth.example.test:{port} {{")),
                ("127.0.0.1:8081 127.0.0.1:8082", upstream),
            ],
        );
        let configuration = configuration.replacen("{\n", "{\n    admin off\n    auto_https off\n", 1);
        let running = serve_with(folder.path(), &caddy, &["run", "--adapter", "caddyfile", "--config"], &configuration, port).await;
        send_secrets(([127, 0, 0, 1], port).into()).await;
        stop(running).await;
        let log = fs::read_to_string(log).unwrap();
        assert!(log.matches("handled request").count() == 16 && !log.contains("canary"), "{log}");
    }
}

#[test]
fn a_pattern_fits_only_paths_that_every_server_reads_alike() {
    for (pattern, path, expected) in [
        ("/api/login", "/api/login", true),
        ("/api/login", "/api/login/", false),
        ("/api/login", "//api/login", false),
        ("/api/login", "/api/login;x", false),
        ("/api/login", "/api/jwt/../login", false),
        ("/api/send/{id}", "/api/send/a_B-9.~", true),
        ("/api/send/{id}", "/api/send/..", false),
        ("/api/send/{id}", "/api/send/", false),
        ("/api/send/{id}", "/api/send/%2e%2e", false),
        ("/api/send/{id}", "/api/send/a%2fb", false),
        ("/app/*", "/app/me/id", true),
        ("/app/*", "/app", false),
        ("/app/*", "/app/", false),
        ("/app/*", "/app/../api/jwt/issue", false),
        ("/app/*", "/app/x;/../issue", false),
        ("/app/*", "/app/x\\..", false),
        ("/", "/", true),
    ] {
        assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
    }
    for (text, is_pattern) in
        [("/app/*", true), ("/", true), ("/a/{id}", true), ("app", false), ("/a/*/b", false), ("/a//b", false), ("/*", false), ("", false)]
    {
        assert_eq!(PathPattern::try_from(text.to_owned()).is_ok(), is_pattern, "{text}");
    }
}
