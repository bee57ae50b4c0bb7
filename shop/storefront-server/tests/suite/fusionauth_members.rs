//! FusionAuth's host behind the proxy: which headers, cookies and members of the app's requests pass, and which limits count them.

use crate::test_cluster::{PASSWORD, TestCluster, auth, store};
use crate::test_server::{fresh_database, serve_both};
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use storefront_server::auth_proxy::endpoints::{APP, ERRORS, Endpoint, Limit, Set, names};
use storefront_server::config::path_pattern::fits;
use tempfile::TempDir;
use test_support::issuer::{FORUMS, SHOPPER, STORE};
use tokio::sync::Semaphore;

/// A request as it reaches FusionAuth.
pub(crate) struct Reached {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A FusionAuth that keeps the requests that reach it, and gives all of them one answer. It honours method overrides, as the framework of a
/// real FusionAuth does.
#[derive(Clone)]
pub(crate) struct Mirror {
    pub(crate) url: String,
    reached: Arc<Mutex<Vec<Reached>>>,
    answer: Arc<Mutex<(u16, HeaderMap, Vec<u8>)>>,
    /// A permit for each answer.
    pub(crate) may_answer: Arc<Semaphore>,
}

impl Mirror {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mirror = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            reached: Arc::default(),
            answer: Arc::new(Mutex::new((200, HeaderMap::new(), Vec::new()))),
            may_answer: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        let own = mirror.clone();
        let fusionauth = axum::Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let overridden = ["x-http-method-override", "x-method-override"].iter().find_map(|it| head.headers.get(*it));
            let method = overridden.map_or(head.method.as_str(), |it| it.to_str().unwrap()).to_owned();
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
            own.reached.lock().unwrap().push(Reached { method, target: head.uri.to_string(), headers: head.headers, body });
            own.may_answer.acquire().await.unwrap().forget();
            let (status, headers, body) = own.answer.lock().unwrap().clone();
            let mut answer = axum::response::Response::new(Body::from(body));
            *answer.status_mut() = axum::http::StatusCode::from_u16(status).unwrap();
            *answer.headers_mut() = headers;
            answer
        });
        tokio::spawn(async move { axum::serve(listener, fusionauth).await });
        mirror
    }

    pub(crate) fn take(&self) -> Vec<Reached> {
        std::mem::take(&mut *self.reached.lock().unwrap())
    }

    fn answers(&self, status: u16, headers: &[(&'static str, &'static str)], body: impl Into<Vec<u8>>) {
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        *self.answer.lock().unwrap() = (status, headers.collect(), body.into());
    }
}

const TENANT: &str = "30000000-0000-0000-0000-000000000001";
const PAGE: &str = "http://store.spa-local-storage.localhost:8080";
const FUSIONAUTH: &str = "auth.spa-local-storage.localhost:9011";

/// The server in front of this FusionAuth, with `text` in the table of the host of `spa-local-storage`.
pub(crate) async fn proxy(fusionauth: &str, text: &str, flags: &[&str]) -> (TempDir, SocketAddr) {
    let folder = TempDir::new().unwrap();
    let host = "[[site]]\norigin = \"http://auth.spa-local-storage.localhost:AUTH_PORT\"\n";
    let sites = include_str!("../../../deploy/development.toml").replace(host, &format!("{host}{text}\n")).replace("AUTH_PORT", "9011");
    // One host with https, whose TLS another proxy terminates.
    let sites = sites.replace("http://auth.spa-backend.", "https://auth.spa-backend.");
    let file = folder.path().join("sites.toml");
    std::fs::write(&file, sites).unwrap();
    let database = fresh_database(folder.path()).await;
    let own = ["--auth-listen", "127.0.0.1:0", "--config", file.to_str().unwrap(), "--tenant-id", TENANT];
    let limits = ["--limit-messages=1000/1", "--limit-password-links=1000/1", "--limit-anonymous-calls=1000/1"];
    let flags: Vec<&str> = own.into_iter().chain(if flags.is_empty() { &limits[..] } else { flags }.iter().copied()).collect();
    let address = serve_both(folder.path(), &database, fusionauth, &flags).await.1.unwrap();
    (folder, address)
}

/// A path that fits the pattern.
pub(crate) fn example(pattern: &str) -> String {
    let segments = pattern.split('/').map(|it| if it.starts_with('{') || it == "*" { SHOPPER } else { it });
    segments.collect::<Vec<_>>().join("/")
}

fn put(body: &mut Value, path: &str, value: Value) {
    path.split('.').fold(body, |it, name| &mut it[name]).clone_from(&value);
}

/// The body that the app sends to this path.
pub(crate) fn body_of_app(path: &str) -> Value {
    let mut body = json!({});
    let Some(endpoint) = APP.iter().find(|it| it.method == "POST" && fits(it.path, path)) else { return body };
    for member in names(endpoint.body).into_iter().filter(|it| *it != "oneTimePassword") {
        put(&mut body, member, if member == "trustComputer" { json!(true) } else { json!("text") });
    }
    body
}

/// A request of a page of the Store.
fn request(proxy: SocketAddr, endpoint: &Endpoint) -> RequestBuilder {
    request_of(proxy, endpoint, "", FUSIONAUTH, PAGE)
}

fn request_of(proxy: SocketAddr, endpoint: &Endpoint, query: &str, host: &str, origin: &str) -> RequestBuilder {
    let client = test_support::http_client();
    let method = Method::from_bytes(endpoint.method.as_bytes()).unwrap();
    let request = client.request(method, format!("http://{proxy}{}{query}", example(endpoint.path)));
    request.header("host", host).header("origin", origin)
}

fn post(proxy: SocketAddr, path: &str) -> RequestBuilder {
    request(proxy, APP.iter().find(|it| it.method == "POST" && it.path == path).unwrap())
}

/// Every word in the emulator's lists of what FusionAuth documents, and other spellings of what the table names.
fn words() -> BTreeSet<&'static str> {
    const MORE: [&str; 17] = [
        "authenticationToken",
        "registrations",
        "tokens",
        "LoginId",
        "login_id",
        "loginID",
        " loginId",
        "loginId ",
        "loginId\0",
        "log\u{131}nId",
        "__a_loginId",
        "__proto__",
        "@type",
        "",
        "*",
        "credential.id",
        "loginId[]",
    ];
    let documented = [
        include_str!("../../../../emulator/fusionauth-emulator/tests/suite/always_sent.txt"),
        include_str!("../../../../emulator/fusionauth-emulator/tests/suite/forms.txt"),
    ];
    // The last cell of a row names tests.
    let rows = include_str!("../../../../docs/emulator-coverage.md").split("\n| Row |").nth(1).unwrap();
    let facts = rows.lines().filter_map(|row| row.rsplit_once(" | ")).map(|(facts, _)| facts);
    let documented = documented.into_iter().chain(facts).flat_map(|it| it.split(|it: char| !it.is_ascii_alphanumeric()));
    let documented = documented.filter(|it| it.len() < 40 && it.starts_with(|it: char| it.is_ascii_alphabetic()));
    let of_table = APP.iter().flat_map(|it| [it.body, it.answer]).chain([ERRORS]).flat_map(|it| it.split([' ', '.']));
    let words: BTreeSet<&str> = documented.chain(of_table).chain(MORE).collect();
    for known in ["metaData", "ipAddress", "noJWT", "refreshToken", "loginIdTypes", "currentPassword", "eventInfo"] {
        assert!(words.contains(known), "{known}");
    }
    words
}

#[tokio::test]
async fn only_the_headers_cookies_and_members_of_the_table_reach_fusionauth() {
    let (mirror, words) = (Mirror::start().await, words());
    let (_folder, proxy) = proxy(&mirror.url, "", &[]).await;
    let more = [
        ("authorization", "Bearer canary"),
        ("x-http-method-override", "PUT"),
        ("x-method-override", "DELETE"),
        ("x-http-method", "PUT"),
        ("x-fusionauth-tenantid", "canary"),
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-port", "1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/canary"),
        ("forwarded", "for=6.6.6.6"),
        ("x-real-ip", "6.6.6.6"),
        ("x-original-url", "/api/user"),
        ("x-rewrite-url", "/api/user"),
        ("referer", "http://canary/"),
        ("dpop", "canary"),
        ("via", "canary"),
        ("range", "bytes=0-1"),
        ("if-none-match", "canary"),
        ("accept-encoding", "gzip"),
        ("x-request-id", "canary-canary"),
    ];
    let cookies = "access_token=a; refresh_token=r; fusionauth.trust=t; fusionauth.sso=s; Access_Token=b; app.at=c; federated.csrf=d; x=e";
    for endpoint in APP {
        let path = example(endpoint.path);
        let expected = body_of_app(&path);
        let own: Vec<&str> =
            names(endpoint.body).iter().filter_map(|it| it.split('.').next()).chain(["applicationId", "oneTimePassword"]).collect();
        for value in [json!("canary"), json!({"loginId": "canary", "id": "canary"}), json!(["canary"])] {
            let others = |own: &[&str]| {
                words.iter().filter(|it| !own.contains(it)).map(|it| ((*it).to_owned(), value.clone())).collect::<Map<_, _>>()
            };
            let mut body = others(&own);
            body.extend(expected.as_object().unwrap().clone());
            if endpoint.path == "/api/webauthn/login" && value == "canary" {
                body["credential"].as_object_mut().unwrap().extend(others(&["id", "type", "response"]));
                let response = ["authenticatorData", "clientDataJSON", "signature", "userHandle"];
                body["credential"]["response"].as_object_mut().unwrap().extend(others(&response));
            }
            let query = "?loginId=canary&__a_loginId=canary&X-HTTP-Method-Override=PUT";
            let sent = more.iter().fold(request_of(proxy, endpoint, query, FUSIONAUTH, PAGE), |it, (name, value)| it.header(*name, *value));
            let sent = sent.header("cookie", cookies).header("accept-language", "de").header("user-agent", "browser/1");
            let sent = if endpoint.method == "POST" { sent.json(&body) } else { sent };
            assert_eq!(sent.send().await.unwrap().status(), StatusCode::OK, "{path}");

            let reached = mirror.take().pop().unwrap();
            assert_eq!((&*reached.method, &*reached.target), (endpoint.method, &*path));
            let mut headers: Vec<(&str, &str)> = reached.headers.iter().map(|(name, it)| (name.as_str(), it.to_str().unwrap())).collect();
            headers.retain(|(name, _)| !matches!(*name, "host" | "content-length"));
            headers.sort_unstable();
            let cookies: Vec<String> = names(endpoint.cookies)
                .iter()
                .map(|it| format!("{it}={}", it.trim_start_matches("fusionauth.").chars().next().unwrap()))
                .collect();
            let cookies = cookies.join("; ");
            let mut expected_headers = vec![
                ("accept", "*/*"),
                ("accept-language", "de"),
                ("origin", PAGE),
                ("user-agent", "browser/1"),
                ("x-forwarded-for", "127.0.0.1"),
                ("x-forwarded-host", FUSIONAUTH),
                ("x-forwarded-port", "9011"),
                ("x-forwarded-proto", "http"),
                ("x-fusionauth-tenantid", TENANT),
            ];
            expected_headers.extend((endpoint.method == "POST").then_some(("content-type", "application/json")));
            expected_headers.extend((!cookies.is_empty()).then_some(("cookie", &*cookies)));
            expected_headers.sort_unstable();
            assert_eq!(headers, expected_headers, "{path}");
            let mut expected = expected.clone();
            for member in endpoint.set {
                let (name, value) = match member {
                    Set::Application => ("applicationId", json!(STORE)),
                    Set::Device => ("metaData", json!({"device": {"description": "browser/1", "type": "BROWSER"}})),
                    Set::Origin => ("origin", json!(PAGE)),
                    Set::Site => ("state", json!({"site": "spa-local-storage"})),
                };
                expected[name] = value;
            }
            let body = if reached.body.is_empty() { json!({}) } else { serde_json::from_slice(&reached.body).unwrap() };
            assert_eq!(body, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_one_time_password_travels_without_a_password_that_nobody_counts() {
    let mirror = Mirror::start().await;
    let (_folder, proxy) = proxy(&mirror.url, "", &[]).await;
    let body = json!({"loginId": "l", "password": "p", "oneTimePassword": "o", "applicationId": STORE.to_uppercase()});
    assert_eq!(post(proxy, "/api/login").json(&body).send().await.unwrap().status(), StatusCode::OK);
    let body: Value = serde_json::from_slice(&mirror.take()[0].body).unwrap();
    assert_eq!((&body["oneTimePassword"], body.get("loginId"), body.get("password")), (&json!("o"), None, None));
}

/// The path of each text in a body, without the positions in lists.
fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, it)| leaves(it, &format!("{path}.{name}"), found)),
        Value::Array(items) => items.iter().for_each(|it| leaves(it, path, found)),
        _ => drop(found.insert(path.trim_start_matches('.').to_owned())),
    }
}

#[tokio::test]
async fn only_the_headers_cookies_and_members_of_the_table_reach_the_browser() {
    let (mirror, words) = (Mirror::start().await, words());
    let (_folder, proxy) = proxy(&mirror.url, "", &[]).await;
    let all = |value: &Value| Value::Object(words.iter().map(|it| ((*it).to_owned(), value.clone())).collect());
    let inner = json!({"id": "c", "email": "c", "code": "c", "message": "c", "token": "c", "refreshToken": "c", "data": {"token": "c"},
        "minLength": 1, "expiry": 1, "secret": "c", "method": "c", "registrations": [{"authenticationToken": "c", "tokens": {"x": "c"}}]});
    let answers = [all(&json!("c")), all(&inner), all(&json!([inner])), all(&json!({"loginId": [inner]}))];
    let headers = [
        ("content-type", "application/json;charset=utf-8"),
        ("retry-after", "7"),
        ("cache-control", "no-cache"),
        ("vary", "Origin"),
        ("access-control-allow-origin", PAGE),
        ("location", "/canary"),
        ("server", "canary"),
        ("www-authenticate", "Basic"),
        ("authorization", "canary"),
        ("refresh-token", "canary"),
        ("x-fusionauth", "canary"),
        ("link", "</canary>"),
        ("clear-site-data", "\"*\""),
        ("set-cookie", "access_token=a; Path=/"),
        ("set-cookie", "refresh_token=r; Path=/"),
        ("set-cookie", "fusionauth.trust=t; Path=/"),
        ("set-cookie", "fusionauth.sso=canary; Path=/"),
        ("set-cookie", "storefront_jwt=canary; Path=/"),
        ("set-cookie", "no name"),
    ];
    for workflow in ["spa-local-storage", "spa-shared-domain"] {
        for endpoint in APP {
            let mut named: Vec<&str> = [names(endpoint.answer), names(ERRORS)].concat();
            if workflow == "spa-shared-domain" {
                named.retain(|it| !["token", "refreshTokenId"].contains(it));
            }
            for (at, body) in answers.iter().enumerate() {
                mirror.answers(200, &headers, body.to_string());
                let path = example(endpoint.path);
                let (host, origin) = (format!("{}:9011", auth(workflow)), format!("http://{}:8080", store(workflow)));
                let sent = request_of(proxy, endpoint, "", &host, &origin);
                let sent = if endpoint.method == "POST" { sent.json(&body_of_app(&path)) } else { sent };
                let answer = sent.send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK, "{path}");
                let passed: BTreeSet<&str> = answer.headers().keys().map(HeaderName::as_str).collect();
                let mut expected = BTreeSet::from([
                    "access-control-allow-origin",
                    "cache-control",
                    "content-length",
                    "content-type",
                    "date",
                    "retry-after",
                    "vary",
                    "x-content-type-options",
                    "x-request-id",
                ]);
                expected.extend((!endpoint.answer_cookies.is_empty()).then_some("set-cookie"));
                assert_eq!(passed, expected, "{path}");
                let set: BTreeSet<&str> =
                    answer.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap().split('=').next().unwrap()).collect();
                let of_store = |name: &&str| set.contains(name) || set.contains(&*format!("store.{name}"));
                assert!(names(endpoint.answer_cookies).iter().all(of_store), "{path} {set:?}");
                assert_eq!(set.len(), names(endpoint.answer_cookies).len(), "{path} {set:?}");
                let mut found = BTreeSet::new();
                leaves(&answer.json().await.unwrap(), "", &mut found);
                let is_named = |leaf: &str| {
                    named.iter().any(|it| {
                        it.split('.').count() == leaf.split('.').count()
                            && it.split('.').zip(leaf.split('.')).all(|(it, leaf)| it == "*" || it == leaf)
                    })
                };
                assert!(found.iter().all(|it| is_named(it)), "{path}: {found:?}");
                let expected = match at {
                    0 => named.iter().filter(|it| !it.contains('.')).map(|it| (*it).to_owned()).collect(),
                    _ => found.clone(),
                };
                assert_eq!(found, expected, "{path}");
                assert!(at == 0 || at == 3 || found.contains("generalErrors.code"), "{path}: {found:?}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_nobody_can_read_stays_out_of_the_browser() {
    let mirror = Mirror::start().await;
    let (_folder, proxy) = proxy(&mirror.url, r#"pass = ["/app/*"]"#, &[]).await;
    let deep = format!(r#"{{"refreshToken":"canary","a":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let long = format!(r#"{{"refreshToken":"canary","a":"{}"}}"#, "a".repeat(1024 * 1024));
    let json = [("content-type", "application/json")];
    for (status, body) in
        [(200, &*deep), (200, &*long), (200, r#"{"refreshToken":"canary"#), (404, "\"canary\""), (401, "<html>canary"), (200, "[]")]
    {
        mirror.answers(status, &json, body);
        let answer = post(proxy, "/api/jwt/refresh").json(&json!({})).send().await.unwrap();
        let (status, origin) = (answer.status(), answer.headers()["access-control-allow-origin"].clone());
        let answered = answer.text().await.unwrap();
        if body == "[]" {
            assert_eq!(status, StatusCode::BAD_GATEWAY, "no object");
            continue;
        }
        assert!(status == StatusCode::BAD_GATEWAY && origin == PAGE && !answered.contains("canary"), "{status} {answered}");
        if !body.starts_with(['"', '<']) {
            let client = test_support::http_client().get(format!("http://{proxy}/app/me")).header("host", FUSIONAUTH);
            let answer = client.send().await.unwrap();
            assert!(answer.status() == StatusCode::BAD_GATEWAY && !answer.text().await.unwrap().contains("canary"), "a path of `pass`");
        }
    }
    for status in [400, 401, 404] {
        mirror.answers(status, &json, "");
        let answer = post(proxy, "/api/jwt/refresh").json(&json!({})).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.bytes().await.unwrap().len()),
            (status, 0),
            "an empty body says that a session has ended"
        );
    }
}

#[tokio::test]
async fn what_no_app_sends_reaches_nobody() {
    let mirror = Mirror::start().await;
    let (_folder, proxy) = proxy(&mirror.url, "", &[]).await;
    let deep = format!(r#"{{"loginId":"l","password":"p","x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let long = format!(r#"{{"loginId":"l","password":"p","x":"{}"}}"#, "a".repeat(64 * 1024));
    for (path, body, status) in [
        ("/api/user/change-password", r#"{"currentPassword":"p","password":"q"}"#, 400),
        ("/api/user/change-password", r#"{"changePasswordId":"","password":"q"}"#, 400),
        ("/api/user/change-password", r#"{"changePasswordId":["i"],"password":"q"}"#, 400),
        ("/api/login", r#"{"loginId":"l","password":"p","applicationId":"10000000-0000-0000-0000-000000000002"}"#, 400),
        ("/api/login", r#"{"loginId":"l","password":"p","applicationId":1}"#, 400),
        ("/api/login", r#"{"loginId":1,"password":"p"}"#, 400),
        ("/api/login", r#"{"loginId":["l"],"password":"p"}"#, 400),
        ("/api/login", r#"{"password":"p"}"#, 400),
        ("/api/login", r#"[{"loginId":"l","password":"p"}]"#, 400),
        ("/api/login", r#"{"loginId":"l","password":"p"#, 400),
        ("/api/login", &deep, 400),
        ("/api/login", &long, 413),
        ("/api/two-factor/login", r#"{"code":"123456"}"#, 400),
        ("/api/user/forgot-password", r#"{"email":"e"}"#, 400),
    ] {
        let answer = post(proxy, path).header("content-type", "application/json").body(body.to_owned()).send().await.unwrap();
        assert_eq!(answer.status(), status, "{path} {body}");
        assert_eq!(answer.headers()["access-control-allow-origin"], PAGE, "the app can read the refusal");
    }
    let form = post(proxy, "/api/logout").header("content-type", "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for origin in [
        "null",
        "https://evil.example",
        "https://store.spa-local-storage.localhost:8080",
        "http://store.spa-local-storage.localhost.evil.example",
        "http://store.spa-backend.localhost:8080",
        "http://store.spa-shared-domain.localhost:8080",
        "http://auth.spa-local-storage.localhost:9011",
    ] {
        let refresh = APP.iter().find(|it| it.path == "/api/jwt/refresh").unwrap();
        let answer = request_of(proxy, refresh, "", FUSIONAUTH, origin).json(&json!({})).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{origin}");
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{origin}");
    }
    assert_eq!(mirror.take().len(), 0);
    let forums = json!({"loginId": "l", "password": "p", "applicationId": FORUMS});
    let native = test_support::http_client().post(format!("http://{proxy}/api/login")).header("host", FUSIONAUTH);
    assert_eq!(
        native.json(&forums).send().await.unwrap().status(),
        StatusCode::OK,
        "a client without pages names its site by the application"
    );
    assert!(String::from_utf8_lossy(&mirror.take()[0].body).contains(FORUMS));
}

/// How many of ten requests with these members reach FusionAuth, if it answers with `status`.
async fn reaching(mirror: &Mirror, proxy: SocketAddr, endpoint: &Endpoint, client: u8, status: u16) -> usize {
    mirror.answers(status, &[("content-type", "application/json")], "{}");
    let mut last: Option<Response> = None;
    for _ in 0..10 {
        let sent = request(proxy, endpoint).header("x-forwarded-for", format!("192.0.2.{client}"));
        let sent = if endpoint.method == "POST" { sent.json(&body_of_app(&example(endpoint.path))) } else { sent };
        last = Some(sent.send().await.unwrap());
    }
    let (reached, last) = (mirror.take().len(), last.unwrap());
    if reached < 10 {
        assert_eq!(last.status(), StatusCode::TOO_MANY_REQUESTS, "{}", endpoint.path);
        assert!(last.headers().contains_key("retry-after") && last.headers()["access-control-expose-headers"] == "Retry-After");
        assert_eq!(last.headers()["access-control-allow-origin"], PAGE);
    }
    reached
}

#[tokio::test]
async fn the_applications_limits_stand_in_front_of_fusionauth() {
    let mirror = Mirror::start().await;
    let names = ["passwords", "codes-of-challenge", "password-links", "links-of-account", "messages", "anonymous-calls"];
    let flags: Vec<String> = names.iter().map(|it| format!("--limit-{it}=3/36000")).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).chain(["--trusted-proxies=127.0.0.0/8"]).collect();
    for (at, endpoint) in APP.iter().enumerate() {
        // Each endpoint has its own server, because several share a limit.
        let (_folder, proxy) = proxy(&mirror.url, "", &flags).await;
        let client = u8::try_from(at).unwrap();
        let (right, wrong) = match endpoint.limit {
            Limit::None => (10, 10),
            Limit::Passwords | Limit::Codes(..) => (10, 3),
            Limit::Calls | Limit::CallsWith(_) | Limit::PasswordLinks | Limit::Messages => (3, 0),
        };
        assert_eq!(reaching(&mirror, proxy, endpoint, client, 200).await, right, "{}", endpoint.path);
        assert_eq!(reaching(&mirror, proxy, endpoint, client, 404).await, wrong, "{}", endpoint.path);
        let of_another = reaching(&mirror, proxy, endpoint, 100, 200).await;
        let counts_for_all = matches!(endpoint.limit, Limit::Codes(..) | Limit::PasswordLinks | Limit::Messages);
        assert_eq!(of_another == 0, counts_for_all, "{}: a challenge or a mailbox is one for all clients", endpoint.path);
    }
}

#[tokio::test]
async fn one_client_holds_a_part_of_the_connections_to_fusionauth() {
    let mirror = Mirror::start().await;
    let (_folder, proxy) = proxy(&mirror.url, "", &["--trusted-proxies=127.0.0.0/8"]).await;
    mirror.may_answer.forget_permits(Semaphore::MAX_PERMITS);
    let mut sent = tokio::task::JoinSet::new();
    let from = |client: &str| post(proxy, "/api/jwt/refresh").json(&json!({})).header("x-forwarded-for", client);
    for _ in 0..40 {
        sent.spawn(from("192.0.2.1").send());
    }
    for _ in 0..8 {
        let refused = sent.join_next().await.unwrap().unwrap().unwrap();
        assert_eq!(
            (refused.status(), &*refused.headers()["retry-after"].to_str().unwrap().to_owned()),
            (StatusCode::TOO_MANY_REQUESTS, "1")
        );
    }
    let another = tokio::spawn(from("192.0.2.2").send());
    mirror.may_answer.add_permits(1000);
    assert_eq!(another.await.unwrap().unwrap().status(), StatusCode::OK);
    while let Some(answer) = sent.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(mirror.take().len(), 33);
    assert_eq!(from("192.0.2.1").send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_copied_access_token_guesses_no_password_at_fusionauths_host() {
    let cluster = TestCluster::start().await;
    let (browser, host) = (cluster.browser(), auth("spa-local-storage"));
    let sign_in = async || {
        browser
            .post_json(&host, "/api/login", json!({"loginId": "shopper@example.com", "password": PASSWORD, "applicationId": STORE}))
            .await
            .status()
    };
    assert_eq!(sign_in().await, StatusCode::OK);
    for current in ["wrong", PASSWORD] {
        let body = json!({"currentPassword": current, "password": "another password", "loginId": "shopper@example.com"});
        let answer = browser.post_json(&host, "/api/user/change-password", body).await;
        let text = answer.text().await.unwrap();
        assert!(text.contains("members-unexpected"), "FusionAuth must not answer: {text}");
    }
    assert_eq!(sign_in().await, StatusCode::OK, "the password is the same");
}
