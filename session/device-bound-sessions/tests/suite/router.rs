//! The statuses and headers of the axum router.

use crate::life::{after, id, request, sessions};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use device_bound_sessions::axum::{StoreFailure, router};
use device_bound_sessions::{Challenge, DeviceBoundSessions, MemoryStore, Refusal, Session, SessionId, SessionStore, UnixMillis};
use std::sync::Arc;
use test_support::device_proofs::KEYS;
use tower::ServiceExt;

async fn post<S: SessionStore + 'static>(sessions: &Arc<DeviceBoundSessions<S>>, path: &str, headers: HeaderMap) -> Response<Body> {
    let mut request = Request::post(path).body(Body::empty()).unwrap();
    *request.headers_mut() = headers;
    let response = router(sessions.clone(), || after(1)).oneshot(request).await.unwrap();
    assert!(![StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(&response.status()));
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
    response
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |it| it.to_str().unwrap())
}

async fn body(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn each_answer_has_its_status_and_headers() {
    let sessions = Arc::new(sessions(MemoryStore::default()));
    let one = id("one");
    let offer = sessions.offer(one.clone(), after(0)).await.unwrap().unwrap();

    let refused = post(&sessions, "/dbsc/registration", request(None, None)).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(refused.extensions().get(), Some(&Refusal::NoProof));

    let proof = KEYS.rsa.registration(offer.challenge.as_str(), "one");
    let registered = post(&sessions, "/dbsc/registration", request(None, Some(&proof))).await;
    assert_eq!((registered.status(), header(&registered, "content-type")), (StatusCode::OK, "application/json"));
    let cookie = header(&registered, "set-cookie");
    assert!(cookie.starts_with("__Host-device-bound=18"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"), "{cookie}");
    let challenge = header(&registered, "secure-session-challenge").to_owned();
    assert!(body(registered).await.starts_with(r#"{"session_identifier":"one","refresh_url":"/dbsc/refresh","continue":true,"#));

    let asked = post(&sessions, "/dbsc/refresh", request(Some(&one), None)).await;
    assert_eq!((asked.status(), header(&asked, "secure-session-challenge")), (StatusCode::FORBIDDEN, &*challenge));
    assert_eq!(asked.extensions().get(), Some(&Refusal::NoProof));
    assert_eq!(header(&asked, "set-cookie"), "");

    let text = challenge.split('"').nth(1).unwrap();
    let refreshed = post(&sessions, "/dbsc/refresh", request(Some(&one), Some(&format!("\"{}\"", KEYS.rsa.refresh(text))))).await;
    assert_eq!(refreshed.status(), StatusCode::OK, "a proof in quotes");
    assert!(header(&refreshed, "set-cookie").starts_with("__Host-device-bound="));
    assert_ne!(header(&refreshed, "secure-session-challenge"), challenge);
    assert_eq!(body(refreshed).await, "");

    sessions.end(&one).await.unwrap();
    let ended = post(&sessions, "/dbsc/refresh", request(Some(&one), None)).await;
    assert_eq!((ended.status(), header(&ended, "set-cookie")), (StatusCode::OK, ""));
    assert_eq!(body(ended).await, r#"{"continue":false}"#);
}

/// A database that cannot be reached.
struct BrokenStore;

impl SessionStore for BrokenStore {
    type Error = std::io::Error;

    async fn create(&self, _: &Session) -> Result<bool, Self::Error> {
        Err(std::io::ErrorKind::TimedOut.into())
    }

    async fn find(&self, _: &SessionId) -> Result<Option<Session>, Self::Error> {
        Err(std::io::ErrorKind::TimedOut.into())
    }

    async fn rotate(&self, _: &Challenge, _: &Session) -> Result<bool, Self::Error> {
        Err(std::io::ErrorKind::TimedOut.into())
    }

    async fn remove(&self, _: &SessionId) -> Result<(), Self::Error> {
        Err(std::io::ErrorKind::TimedOut.into())
    }
}

#[tokio::test]
async fn a_failure_of_the_store_is_503_and_ends_nothing() {
    let sessions = Arc::new(sessions(BrokenStore));
    let proof = KEYS.p256.registration("challenge", "one");
    for (path, headers) in [("/dbsc/registration", request(None, Some(&proof))), ("/dbsc/refresh", request(Some(&id("one")), Some(&proof)))]
    {
        let response = post(&sessions, path, headers).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.extensions().get::<StoreFailure>().unwrap().0.to_string(), "timed out");
        assert_eq!(body(response).await, "");
    }
    assert!(sessions.possession(&id("one"), &HeaderMap::new(), UnixMillis::now()).await.is_err());
}
