//! Information for developers: events for a log, misconfigurations, and a token for requests outside of `Session::fetch`.

use crate::support::*;
use fusionauth_session::SignOutReason;
use leptos_fusionauth::{FetchError, LoginFailure, Misconfiguration, SessionConfig, SessionEvent, SessionState, TokenStorage};
use wasm_bindgen_test::wasm_bindgen_test;

const SHOPPER: &str = "20000000-0000-0000-0000-000000000001";
const TENANT: &str = "30000000-0000-0000-0000-000000000001";

fn signed_in_event() -> SessionEvent {
    SessionEvent::SignedIn(SHOPPER.into())
}

/// The reported misconfigurations. Checks that the console has a warning about each.
fn faults(page: &Page) -> Vec<Misconfiguration> {
    let faults = page.events().into_iter().filter_map(|it| match it {
        SessionEvent::Misconfigured(what) => Some(what),
        _ => None,
    });
    let faults: Vec<Misconfiguration> = faults.collect();
    assert_eq!(warnings(), faults.iter().map(|it| format!("fusionauth-session-web: {it}")).collect::<Vec<_>>());
    faults
}

/// Changes the login settings of the Forums with FusionAuth's admin API.
async fn forums_login(settings: &str) {
    let body = format!(r#"{{"application":{{"loginConfiguration":{{{settings}}}}}}}"#);
    assert_eq!(admin("PATCH", &format!("/api/application/{FORUMS}"), &body).await, 200);
}

#[wasm_bindgen_test]
async fn each_change_is_reported_once() {
    clean().await;
    let page = Page::open(STORE);
    page.sign_in().await;
    for _ in 0..3 {
        assert_eq!(page.validate().await, Ok(200));
    }
    assert_eq!(page.events(), [signed_in_event()]);
    drop(page);

    expire(STORE);
    let mut page = Page::open(STORE);
    page.until(|it| matches!(it, SessionState::SignedIn { .. })).await;
    assert_eq!(page.validate().await, Ok(200));
    page.session.sign_out();
    assert_eq!(page.events(), [signed_in_event(), SessionEvent::Renewed, SessionEvent::Ended(SignOutReason::UserRequest)]);
    drop(page);

    let mut page = Page::open(STORE);
    page.until(|it| *it != SessionState::Loading).await;
    assert_eq!(page.events(), [], "the session does not report the end of an earlier visit");
}

#[wasm_bindgen_test]
async fn every_listener_is_called_until_its_owner_is_disposed() {
    clean().await;
    let page = Page::open(STORE);
    let heard = std::rc::Rc::new(std::cell::Cell::new(0));
    let owner = leptos::prelude::Owner::new();
    for _ in 0..2 {
        let heard = heard.clone();
        owner.with(|| page.session.add_listener(move |_| heard.set(heard.get() + 1)));
    }
    page.sign_in().await;
    assert_eq!((heard.get(), page.events()), (2, vec![signed_in_event()]));
    owner.cleanup();
    page.session.sign_out();
    assert_eq!((heard.get(), page.events()), (2, vec![SessionEvent::Ended(SignOutReason::UserRequest)]));
}

#[wasm_bindgen_test]
async fn a_required_api_key_is_a_misconfiguration() {
    clean().await;
    record_wire();
    let page = Page::open(FORUMS);
    forums_login(r#""requireAuthentication":true"#).await;
    let outcome = page.session.sign_in("shopper@example.com", PASSWORD).await;
    forums_login(r#""requireAuthentication":false"#).await;
    assert_eq!((outcome, faults(&page)), (Err(LoginFailure::ApiKeyRequired), vec![Misconfiguration::ApiKeyRequired]));
}

#[wasm_bindgen_test]
async fn a_sign_in_without_a_refresh_token_is_reported() {
    clean().await;
    record_wire();
    let page = Page::open(FORUMS);
    forums_login(r#""generateRefreshTokens":false"#).await;
    let outcome = page.session.sign_in("shopper@example.com", PASSWORD).await;
    forums_login(r#""generateRefreshTokens":true"#).await;
    assert_eq!((outcome, faults(&page)), (Ok(()), vec![Misconfiguration::NoRefreshToken]));
}

/// Changes FusionAuth's CORS settings with its admin API.
async fn cors(settings: &str) {
    let body = format!(r#"{{"systemConfiguration":{{"corsConfiguration":{{{settings}}}}}}}"#);
    assert_eq!(admin("PATCH", "/api/system-configuration", &body).await, 200);
}

#[wasm_bindgen_test]
async fn an_unreadable_answer_is_distinguished_from_no_answer() {
    clean().await;
    record_wire();
    // Browsers give this error for every kind of failure.
    answer_next("POST /api/login", "Promise.reject(new TypeError('Failed to fetch'))");
    answer_next("GET /api/status", "Promise.reject(new TypeError('Failed to fetch'))");
    // The session learns from an opaque answer that FusionAuth can be reached. The test fakes that answer, because COEP may block a real
    // one in the runner's page.
    answer_next("GET /api/status", "request.mode === 'no-cors' ? new Response() : Promise.reject(new TypeError('Failed to fetch'))");
    let page = Page::open(STORE);
    assert_eq!(page.session.sign_in("shopper@example.com", PASSWORD).await, Err(LoginFailure::NoAnswer));
    assert_eq!(faults(&page), [Misconfiguration::AnswerUnreadable]);
    drop(page);

    record_wire();
    let page = Page::open_with(SessionConfig { fusionauth_url: "http://127.0.0.1:9".into(), ..config(STORE, TokenStorage::LocalStorage) });
    assert_eq!(page.session.sign_in("shopper@example.com", PASSWORD).await, Err(LoginFailure::NoAnswer));
    assert_eq!(faults(&page), [], "no server listens at this URL");
}

#[wasm_bindgen_test]
async fn cors_without_credentials_is_reported_once() {
    clean().await;
    record_wire();
    let page = Page::open(STORE);
    cors(r#""allowCredentials":false"#).await;
    let first = page.session.sign_in("shopper@example.com", PASSWORD).await;
    let second = page.session.sign_in("shopper@example.com", PASSWORD).await;
    cors(r#""allowCredentials":true"#).await;
    assert_eq!((first, second), (Err(LoginFailure::NoAnswer), Err(LoginFailure::NoAnswer)));
    assert_eq!(faults(&page), [Misconfiguration::CorsWithoutCredentials]);
    assert_eq!(page.session.sign_in("shopper@example.com", PASSWORD).await, Ok(()), "the setting was the reason");
}

#[wasm_bindgen_test]
async fn fusionauth_on_another_site_is_reported_at_the_sign_in() {
    clean().await;
    record_wire();
    let fusionauth_url = FUSIONAUTH.replace("127.0.0.1", "localhost");
    let page = Page::open_with(SessionConfig { fusionauth_url, ..config(STORE, TokenStorage::LocalStorage) });
    page.sign_in().await;
    assert_eq!(faults(&page), [Misconfiguration::OtherSite]);
}

#[wasm_bindgen_test]
async fn a_clock_that_is_far_off_is_reported_and_a_slow_one_is_not() {
    for (minutes, expected) in [(4, &[][..]), (6, &[Misconfiguration::ClockSkew])] {
        clean().await;
        record_wire();
        let time = Time::stop();
        time.advance(minutes * 60_000);
        let page = Page::open(STORE);
        page.sign_in().await;
        drop(time);
        assert_eq!(faults(&page), expected, "{minutes} minutes");
    }
}

#[wasm_bindgen_test]
async fn a_missing_cookie_is_reported_at_the_first_renewal() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::SharedDomainCookies] {
        clean().await;
        let page = Page::open_with(config(STORE, token_storage));
        page.sign_in().await;
        // Deletes the cookies, as if the browser had not stored them.
        post("/api/logout").await;
        record_wire();
        answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
        assert_eq!(page.validate().await, Err(FetchError::SignedOut));
        assert_eq!(faults(&page), [Misconfiguration::FirstRenewalRefused], "{token_storage:?}");
    }
}

#[wasm_bindgen_test]
async fn a_later_refused_renewal_is_no_misconfiguration() {
    let page = signed_in(TokenStorage::LocalStorage).await;
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    assert_eq!(page.validate().await, Ok(200), "the session renews the token");
    post("/api/logout").await;
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    assert_eq!(page.validate().await, Err(FetchError::SignedOut));
    assert_eq!(faults(&page), []);
}

#[wasm_bindgen_test]
async fn an_expired_access_token_is_renewed_before_it_is_returned() {
    clean().await;
    let page = Page::open(STORE);
    assert!(page.session.access_token().await.is_err_and(|it| it == FetchError::SignedOut));
    page.sign_in().await;
    let first = page.session.access_token().await.ok().flatten().expect("a token");
    drop(page);
    expire(STORE);
    record_wire();
    let second = Page::open(STORE).session.access_token().await.ok().flatten().expect("a token");
    assert!(first.expose() != second.expose());
    assert_eq!(wire(), ["POST /api/jwt/refresh +cookies"]);

    let page = Page::open_with(config(STORE, TokenStorage::BackendCookies));
    assert!(page.session.access_token().await.is_ok_and(|it| it.is_none()), "there is no token, because the browser sends cookies");
}

#[wasm_bindgen_test]
async fn the_tenant_header_goes_to_fusionauth_alone() {
    clean().await;
    record_wire();
    let config = SessionConfig { tenant_id: Some(TENANT.into()), ..config(STORE, TokenStorage::LocalStorage) };
    let mut page = Page::open_with(config);
    page.sign_in().await;
    answer_next("GET /api/jwt/validate", "new Response(null, { status: 401 })");
    assert_eq!(page.validate().await, Ok(200));
    page.session.sign_out();
    page.until(|it| matches!(it, SessionState::SignedOut(Some(_)))).await;
    while wire().len() < 5 {
        turn().await;
    }
    let expected = [
        "POST /api/login +cookies +tenant",
        "GET /api/jwt/validate +token",
        "POST /api/jwt/refresh +cookies +tenant",
        "GET /api/jwt/validate +token",
        "POST /api/logout +cookies +tenant",
    ];
    assert_eq!(wire(), expected);
}
