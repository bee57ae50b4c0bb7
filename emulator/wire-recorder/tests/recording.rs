//! Sends requests and responses through the layer. Tests which lines the record gets, and that no secret reaches the file from any part
//! of a message that a client or a server can fill.

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE, USER_AGENT};
use axum::response::{IntoResponse, Response};
use axum::{Router, http::StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tower::{Layer, ServiceExt, service_fn};
use wire_recorder::{Actor, Credential, Message, Place, Recorder, SetCookie, read};

const STORE: &str = "10000000-0000-0000-0000-000000000001";

#[tokio::test]
async fn a_login_is_recorded_with_its_tokens_and_cookies() {
    let jwt = jwt(STORE, 4_000_000_000);
    let body = format!(r#"{{"refreshToken":"r-1","token":"{jwt}","user":{{"id":"x"}}}}"#);
    let response = (
        [
            (SET_COOKIE, "refresh_token=r-1; HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"),
            (CONTENT_TYPE, "application/json;charset=UTF-8"),
        ],
        body.clone(),
    );
    let request = Request::post("/api/login?secret=1")
        .header(HOST, "auth.spa-local-storage.localhost:9011")
        .header(ORIGIN, "http://store.spa-local-storage.localhost:8080")
        .header(USER_AGENT, "Mozilla/5.0")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"loginId":"shopper@example.com","password":"correct"}"#))
        .unwrap();
    let (messages, received) = record(request, response.into_response()).await;
    assert_eq!(received, body, "the response must arrive unchanged");

    let [
        Message::Request { exchange, from, to, host, method, path, origin, browser, credentials },
        Message::Response { exchange: same, status, cookies, credentials: out },
    ] = messages.as_slice()
    else {
        panic!("{messages:?}")
    };
    assert_eq!(exchange, same);
    assert_eq!((*from, *to, host.as_str()), (Actor::Browser, Actor::FusionAuth, "auth.spa-local-storage.localhost:9011"));
    assert_eq!((method.as_str(), path.as_str()), ("POST", "/api/login"));
    assert!(browser.as_ref().is_some_and(|it| it.len() == 6), "{browser:?}");
    assert_eq!(origin.as_deref(), Some("http://store.spa-local-storage.localhost:8080"));
    assert_eq!(credentials, &[named("password", Place::Body)]);
    assert_eq!(*status, 200);
    let [SetCookie { name, attributes, deleted: false, fingerprint: Some(set) }] = cookies.as_slice() else { panic!("{cookies:?}") };
    assert_eq!((name.as_str(), attributes.join("; ").as_str()), ("refresh_token", "HttpOnly; Max-Age=2592000; Path=/; SameSite=Lax"));
    let [refresh, access] = out.as_slice() else { panic!("{out:?}") };
    assert_eq!(refresh.fingerprint.as_ref(), Some(set), "the same token has the same fingerprint");
    assert_eq!((access.name.as_str(), access.audience.as_deref(), access.expired), ("token", Some(STORE), Some(false)));
}

#[tokio::test]
async fn credentials_that_come_along_are_named() {
    let expired = jwt(STORE, 1_000);
    let cases = [
        (
            (COOKIE.as_str(), "theme=dark; refresh_token=abc; fusionauth.trust=t".to_owned()),
            vec![("refresh_token", true), ("fusionauth.trust", false)],
        ),
        (
            (COOKIE.as_str(), "storefront_session=s; storefront_jwt=j".to_owned()),
            vec![("storefront_session", true), ("storefront_jwt", true)],
        ),
        ((AUTHORIZATION.as_str(), format!("Bearer {expired}")), vec![("bearer", true)]),
        ((AUTHORIZATION.as_str(), "development-only-api-key".to_owned()), vec![("api-key", false)]),
        ((AUTHORIZATION.as_str(), "Basic dXNlcjpwYXNz".to_owned()), vec![("basic", false)]),
        (("secure-session-response", expired.clone()), vec![("proof", false)]),
    ];
    for ((name, value), expected) in cases {
        let (messages, _) =
            record(Request::get("/").header(name, value).body(Body::empty()).unwrap(), StatusCode::OK.into_response()).await;
        let Message::Request { credentials, .. } = &messages[0] else { panic!() };
        let names: Vec<_> = credentials.iter().map(|it| (it.name.as_str(), it.fingerprint.is_some())).collect();
        assert_eq!(names, expected);
        for it in credentials.iter().filter(|it| it.name == "bearer") {
            assert_eq!((it.audience.as_deref(), it.expired), (Some(STORE), Some(true)));
        }
    }
}

#[tokio::test]
async fn forms_are_read_and_deleted_cookies_are_recorded() {
    let request = Request::post("/login")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("email=a&password=b&code="))
        .unwrap();
    let response = [(SET_COOKIE, "storefront_jwt=; Max-Age=0; Path=/")].into_response();
    let (messages, _) = record(request, response).await;
    let [Message::Request { credentials, .. }, Message::Response { cookies, .. }] = messages.as_slice() else { panic!() };
    assert_eq!(credentials, &[named("password", Place::Body)]);
    assert!(cookies[0].deleted && cookies[0].fingerprint.is_none());
}

#[tokio::test]
async fn nothing_is_read_or_written_when_off() {
    let service = Router::new().fallback(|body: String| async { body }).layer(Recorder::off().layer(|_| Actor::Store));
    let response = service.oneshot(Request::post("/").body(Body::from("echo")).unwrap()).await.unwrap();
    assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.unwrap(), "echo");
}

#[test]
fn lines_of_several_writers_never_mix() {
    let path = temporary();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let recorder = Recorder::to_file(&path).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for _ in 0..50 {
                    let request = Request::get("/api/products").body(Body::empty()).unwrap();
                    runtime.block_on(run(&recorder, request, StatusCode::OK.into_response()));
                }
            });
        }
    });
    let messages = read(&path).unwrap();
    assert_eq!(messages.len(), 4 * 50 * 2);
    let mut exchanges: Vec<_> = messages.iter().filter(|it| matches!(it, Message::Request { .. })).map(exchange).collect();
    exchanges.sort_unstable();
    exchanges.dedup();
    assert_eq!(exchanges.len(), 200, "two exchanges have the same id");
    std::fs::remove_file(path).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Hides a secret in some part of a message. The file must not contain it.
    #[test]
    fn a_secret_never_reaches_the_file(secret in "[!-~]{0,10}[A-Z][!-~]{4,40}", place in 0..PLACES) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let Some((request, response)) = hide(place, &secret) else { return Ok(()) };
        let path = temporary();
        let recorder = Recorder::to_file(&path).unwrap();
        let written = runtime.block_on(async {
            run(&recorder, request, response).await;
            std::fs::read_to_string(&path).unwrap()
        });
        std::fs::remove_file(path).unwrap();
        prop_assert_eq!(written.lines().count(), 2);
        prop_assert!(!written.contains(&secret), "place {place}");
        let escaped = serde_json::to_string(&secret).unwrap();
        prop_assert!(!written.contains(escaped.trim_matches('"')), "place {place}, escaped");
        prop_assert!(!written.contains(&URL_SAFE_NO_PAD.encode(&secret)), "place {place}, encoded");
    }
}

const PLACES: usize = 24;

/// A request and a response with the secret in one place; `None` if HTTP does not allow these characters there.
fn hide(place: usize, secret: &str) -> Option<(Request, Response)> {
    let json = serde_json::to_string(secret).unwrap();
    let payload = |claims: String| format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    let mut request = Request::post("/api/login");
    let mut response = Response::builder();
    let (mut request_body, mut response_body) = ("{}".to_owned(), "{}".to_owned());
    let mut content_type = "application/json";
    match place {
        0 => request = request.header(COOKIE, format!("refresh_token={secret}")),
        1 => request = request.header(COOKIE, format!("{secret}=x; access_token={secret}")),
        2 => request = request.header(AUTHORIZATION, secret),
        3 => request = request.header(AUTHORIZATION, format!("Bearer {secret}")),
        4 => request = request.header(AUTHORIZATION, format!("Bearer {}", payload(format!(r#"{{"aud":{json},"exp":1}}"#)))),
        5 => request = request.header(AUTHORIZATION, format!("Bearer {}", payload(format!(r#"{{"aud":[{json}]}}"#)))),
        6 => request = request.header("x-anything", secret),
        7 => request = request.header(USER_AGENT, secret),
        8 => request_body = format!(r#"{{"password":{json},"code":{json},"token":{json}}}"#),
        9 => request_body = format!(r#"{{"user":{{"password":{json}}},{json}:{json}}}"#),
        10 => request_body = secret.to_owned(),
        11 => (content_type, request_body) = ("application/x-www-form-urlencoded", format!("password={secret}&{secret}={secret}")),
        12 => (content_type, request_body) = ("text/plain", secret.to_owned()),
        13 => response = response.header(SET_COOKIE, format!("access_token={secret}; Path=/")),
        14 => response = response.header(SET_COOKIE, format!("{secret}; {secret}; Path={secret}; Domain={secret}; Max-Age={secret}")),
        15 => response_body = format!(r#"{{"token":{json},"refreshToken":{json},"user":{{"data":{json}}}}}"#),
        16 => response_body = format!(r#"{{"jwt":{{"sid":{json}}},{json}:1}}"#),
        17 => request = request.uri(format!("/api/login?token={}", encode(secret))),
        18 => request = request.uri(format!("/api/user/{}", encode(secret))),
        19 => request = request.header(HOST, secret),
        20 => request = request.header(ORIGIN, secret),
        21 => request = request.header("secure-session-response", secret),
        22 => response = response.header("secure-session-registration", secret).header("secure-session-challenge", secret),
        _ => request = request.method(secret),
    }
    let request = request.header(CONTENT_TYPE, content_type).body(Body::from(request_body)).ok()?;
    let response = response.header(CONTENT_TYPE, "application/json").body(Body::from(response_body)).ok()?;
    Some((request, response))
}

fn encode(text: &str) -> String {
    text.bytes().map(|it| if it.is_ascii_alphanumeric() { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

fn jwt(audience: &str, exp: u64) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(format!(r#"{{"aud":"{audience}","exp":{exp}}}"#)))
}

#[tokio::test]
async fn a_path_that_is_left_out_is_answered_and_not_recorded() {
    let path = temporary();
    let layer = Recorder::to_file(&path).unwrap().layer(|_| Actor::Store).leaving_out("/events");
    for asked in ["/events", "/events?again", "/eventsmore"] {
        let service = service_fn(async |_: Request| Ok::<_, Infallible>(Response::new("answered".into())));
        let response = layer.layer(service).oneshot(Request::get(asked).body(Default::default()).unwrap()).await.unwrap();
        assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.unwrap(), "answered");
    }
    let messages = read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    assert_eq!(messages.len(), 2, "one exchange: {messages:?}");
}

fn named(name: &str, place: Place) -> Credential {
    Credential { name: name.to_owned(), place, audience: None, expired: None, fingerprint: None }
}

fn exchange(message: &Message) -> &str {
    match message {
        Message::Request { exchange, .. } | Message::Response { exchange, .. } => exchange,
    }
}

fn temporary() -> PathBuf {
    std::env::temp_dir().join(format!("wire-recorder-{}.jsonl", uuid::Uuid::new_v4()))
}

async fn record(request: Request, response: Response) -> (Vec<Message>, String) {
    let path = temporary();
    let received = run(&Recorder::to_file(&path).unwrap(), request, response).await;
    let messages = read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    (messages, received)
}

async fn run(recorder: &Recorder, request: Request, response: Response) -> String {
    let response = Arc::new(Mutex::new(Some(response)));
    let service = service_fn(move |_: Request| {
        let response = response.lock().ok().and_then(|mut it| it.take()).unwrap_or_default();
        async { Ok::<_, Infallible>(response) }
    });
    let response = recorder.layer(|_| Actor::FusionAuth).layer(service).oneshot(request).await.unwrap();
    String::from_utf8(axum::body::to_bytes(response.into_body(), 1_000_000).await.unwrap().to_vec()).unwrap()
}
