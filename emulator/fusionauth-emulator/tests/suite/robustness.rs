//! Malformed requests, unread bodies and large imports.

use crate::browser::{CHALLENGE, RETURN, start};
use crate::surface::json_like;
use crate::test_emulator::{API_KEY, HANG_GUARD, PASSWORD, SHOPPER, STORE, TENANT, TestEmulator, TestResponse};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

const OPERATIONS: &str = include_str!("../../src/api/operations.txt");

/// The routes of the hosted pages and of the hosted backend, which the list of operations lacks, and the OAuth endpoints once more.
const HOSTED: &[(&str, &str)] = &[
    ("GET", "/app/callback"),
    ("GET", "/app/login/{clientId}"),
    ("GET", "/app/logout/{clientId}"),
    ("GET", "/app/me"),
    ("POST", "/app/refresh/{clientId}"),
    ("GET", "/app/register/{clientId}"),
    ("GET", "/oauth2/authorize"),
    ("POST", "/oauth2/authorize"),
    ("GET", "/oauth2/device"),
    ("POST", "/oauth2/device"),
    ("GET", "/oauth2/device-complete"),
    ("POST", "/oauth2/device/approve"),
    ("POST", "/oauth2/device/user-code"),
    ("GET", "/oauth2/device/validate"),
    ("POST", "/oauth2/device_authorize"),
    ("POST", "/oauth2/introspect"),
    ("GET", "/oauth2/logout"),
    ("POST", "/oauth2/logout"),
    ("GET", "/oauth2/register"),
    ("POST", "/oauth2/register"),
    ("POST", "/oauth2/token"),
];

/// The parameters of these routes, with values that some of them accept.
const FIELDS: &[(&str, &str)] = &[
    ("client_id", STORE),
    ("client_secret", "development-only-store-client-secret"),
    ("code", "x"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
    ("code_verifier", "x"),
    ("device_code", "x"),
    ("grant_type", "authorization_code"),
    ("grant_type", "refresh_token"),
    ("grant_type", DEVICE_GRANT),
    ("login_hint", "shopper@example.com"),
    ("loginId", "shopper@example.com"),
    ("max_age", "60"),
    ("metaData.device.name", "Television"),
    ("password", PASSWORD),
    ("post_logout_redirect_uri", RETURN),
    ("prompt", "login"),
    ("redirect_uri", RETURN),
    ("refresh_token", "x"),
    ("rememberDevice", "true"),
    ("response_type", "code"),
    ("scope", "openid offline_access"),
    ("state", "eyJjbGllbnQiOiJ4In0"),
    ("tenantId", TENANT),
    ("token", "x.y.z"),
    ("twoFactorId", "x"),
    ("user.email", "new@example.com"),
    ("user.password", PASSWORD),
    ("user_code", "BCDFGH"),
];

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Pseudo-random values, which are the same in every run.
struct Values(TestRunner);

impl Values {
    fn of<T>(&mut self, strategy: &impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.0).unwrap().current()
    }

    fn next(&mut self) -> u64 {
        self.of(&any::<u64>())
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.next()).unwrap_or_default() % all.len()]
    }

    /// A form with about half of [`FIELDS`], most of them with a value that some route accepts.
    fn form(&mut self) -> String {
        let mut fields: Vec<(&str, &str)> = Vec::new();
        for (name, value) in FIELDS {
            match self.next() % 8 {
                0 => fields
                    .push((name, *self.pick(&["", " ", "\u{0}", "-1", "\u{fffd}\r\n", "99999999999999999999", SHOPPER, "none login"]))),
                1..5 => fields.push((name, value)),
                _ => {}
            }
        }
        // A parameter that occurs twice is an error, so most forms have each parameter once.
        if !self.next().is_multiple_of(8) {
            fields.dedup_by_key(|(name, _)| *name);
        }
        serde_urlencoded::to_string(fields).unwrap()
    }
}

#[tokio::test]
async fn five_thousand_malformed_requests_make_no_server_error() {
    const TYPES: &[&str] = &[
        "application/json",
        "application/json",
        "application/json",
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "text/plain",
        "",
    ];
    const PARAMETERS: &[&str] = &[STORE, TENANT, SHOPPER, "x", "%00", "%ff", "..", "a%2Fb", "-", "00000000-0000-0000-0000-000000000000"];
    const QUERIES: &[&str] = &["", "?", "?userId=x", "?applicationId=%ff", "?name=%00&startRow=-1", "?token=%F0%9F", "?a=b&a=c", "?ids=x"];
    let emulator = start().await;
    let grants = ["authorization_code", "refresh_token", DEVICE_GRANT];
    let settings = json!({"deviceVerificationURL": RETURN, "enabledGrants": grants});
    emulator.patch_store(json!({"oauthConfiguration": settings, "registrationConfiguration": {"enabled": true}})).await;
    let operations: Vec<(&str, &str)> = OPERATIONS.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once(' ')).collect();
    let (mut values, json) = (Values(TestRunner::deterministic()), json_like());
    // The client must not follow redirects to the application, which does not exist.
    let client = test_support::http_client();
    for number in 0..5_000 {
        let is_hosted = values.next().is_multiple_of(4);
        let (method, path) = *values.pick(if is_hosted { HOSTED } else { &operations });
        let path: Vec<&str> = path.split('/').map(|it| if it.starts_with('{') { *values.pick(PARAMETERS) } else { it }).collect();
        let query = if is_hosted && method == "GET" { format!("?{}", values.form()) } else { (*values.pick(QUERIES)).to_owned() };
        let url = format!("{}{}{query}", emulator.url(), path.join("/"));
        let (mut body, content_type) = if is_hosted {
            (values.form().into_bytes(), "application/x-www-form-urlencoded")
        } else {
            (values.of(&json).to_string().into_bytes(), *values.pick(TYPES))
        };
        // A damaged form seldom gets far, so only JSON is damaged so often.
        match values.next() % if is_hosted { 32 } else { 4 } {
            0 => body.truncate(usize::try_from(values.next() % 40).unwrap()),
            1 if !body.is_empty() => {
                let at = usize::try_from(values.next()).unwrap_or_default() % body.len();
                body[at] = values.next().to_le_bytes()[0];
            }
            _ => {}
        }
        let described = format!("request {number}: {method} {url} {}", String::from_utf8_lossy(&body));
        let mut request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), url);
        request = request.header("content-type", content_type).body(body);
        if !values.next().is_multiple_of(4) {
            request = request.header("authorization", API_KEY);
        }
        let answer = TestResponse::read(request.send().await.unwrap()).await;
        // 501 is the right answer to an operation that the emulator lacks.
        assert!(answer.status < 500 || answer.status == 501, "{} to {described}", answer.status);
    }
}

/// Reads one answer: its head, and as many bytes of the body as `Content-Length` says.
fn read_answer(reader: &mut impl BufRead) -> (String, String) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "the connection ended after: {head}");
    }
    let length = head.lines().find_map(|it| it.strip_prefix("content-length: ")).map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// If the server answers before it has read the request's body, either the answer has `Connection: close`, or the server also answers the
/// next request on the same connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_outlives_a_body_that_nobody_read() {
    let emulator = TestEmulator::start().await;
    let address = emulator.address();
    let cases = [
        ("POST /api/user", "", 64 * 1024, "401"),
        ("POST /api/login", "Origin: http://a%b\r\n", 64 * 1024, "403"),
        ("POST /api/nothing", "", 64 * 1024, "404"),
        ("POST /api/jwt/reconcile", "", 64 * 1024, "501"),
        ("POST /api/user/%ff", "", 64 * 1024, "400"),
        ("POST /api/login", "", 3 * 1024 * 1024, "413"),
    ];
    let answers = tokio::task::spawn_blocking(move || {
        cases.map(|(request, origin, length, status)| {
            let mut stream = TcpStream::connect(address).unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            for round in 0..4 {
                let head = format!("{request} HTTP/1.1\r\nHost: localhost\r\n{origin}Content-Type: application/json\r\n");
                let head = format!("{head}Content-Length: {length}\r\n\r\n");
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(&vec![b' '; length]).unwrap();
                let (head, body) = read_answer(&mut reader);
                assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{request} in round {round}: {head}");
                assert!(!head.contains("connection: close"), "{request} in round {round}: {head}");
                if ["400", "413", "501"].contains(&status) {
                    assert!(serde_json::from_str::<Value>(&body).unwrap()["generalErrors"].is_array(), "{request}: {body}");
                }
            }
            // A client that waits for `100 Continue` may not send the body, so the server must close the connection.
            let head = format!("{request} HTTP/1.1\r\nHost: localhost\r\n{origin}Expect: 100-continue\r\n");
            let head = format!("{head}Content-Length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            read_answer(&mut reader).0
        })
    });
    for head in answers.await.unwrap() {
        assert!(head.contains("connection: close"), "{head}");
    }
}

/// Sends a request, and closes the connection without waiting for the answer.
fn send_and_hang_up(emulator: &TestEmulator, path: &str, body: &Value) {
    let body = body.to_string();
    let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    TcpStream::connect(emulator.address()).unwrap().write_all(format!("{head}\r\n{body}").as_bytes()).unwrap();
}

#[tokio::test]
async fn a_request_is_handled_to_its_end_although_its_client_hangs_up() {
    let emulator = TestEmulator::start().await;
    let mail = format!("/emulator/mail?waitSeconds={}", HANG_GUARD.as_secs());
    for round in 0..20 {
        emulator.send(Method::DELETE, "/emulator/mail", &[], Value::Null).await;
        send_and_hang_up(&emulator, "/api/user/forgot-password", &json!({"loginId": "shopper@example.com"}));
        let mail = emulator.send(Method::GET, &mail, &[], Value::Null).await.json();
        assert_eq!(mail["messages"].as_array().unwrap().len(), 1, "round {round}");
    }
    for round in 0..5 {
        send_and_hang_up(&emulator, "/emulator/reset", &json!({}));
        assert_eq!(emulator.login("shopper@example.com").await.status, 200, "round {round}");
    }
}

#[tokio::test]
async fn four_thousand_users_are_imported() {
    let emulator = TestEmulator::start().await;
    let user = |number: usize| {
        json!({
            "email": format!("imported{number}@example.com"), "password": PASSWORD, "verified": true, "firstName": "Imported", "lastName": format!("Number {number}"),
            "data": {"note": "x".repeat(200)}, "registrations": [{"applicationId": STORE}],
        })
    };
    let users: Vec<Value> = (0..4_000).map(user).collect();
    let answer = emulator.admin(Method::POST, "/api/user/import", json!({ "users": users })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(emulator.login("imported3999@example.com").await.status, 200);
    let answer =
        emulator.admin(Method::POST, "/api/user/import", json!({"users": [], "encryptionScheme": "x".repeat(17 * 1024 * 1024)})).await;
    assert_eq!((answer.status, answer.codes()[0].1.as_str()), (413, "[bodyTooLong]"));
}
