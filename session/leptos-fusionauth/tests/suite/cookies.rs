//! Sessions in cookies that no script can read. The emulator plays FusionAuth and the backend: its `GET /api/user` returns the user that
//! the cookies belong to, and its `GET /api/jwt/validate` accepts the cookies.

use crate::support::*;
use fusionauth_session::SignOutReason;
use futures::future::join_all;
use leptos_fusionauth::{FetchError, LoginFailure, SessionState, TokenStorage};
use wasm_bindgen_test::wasm_bindgen_test;

const NOBODY: &str = "new Response(null, { status: 404 })";

/// Like [`signed_in`], with an expired access token.
async fn with_expired_token(token_storage: TokenStorage) -> Page {
    token_life(1).await;
    let page = signed_in(token_storage).await;
    token_life(300).await;
    let validate = format!("fetch('{FUSIONAUTH}/api/jwt/validate', {{ credentials: 'include' }}).then(it => it.status)");
    while script(&validate).await != 401 {}
    record_wire();
    page
}

fn email(view: &SessionState) -> Option<&str> {
    match view {
        SessionState::SignedIn { user, .. } => user.email.as_deref(),
        SessionState::Loading | SessionState::SignedOut(_) => None,
    }
}

#[wasm_bindgen_test]
async fn script_neither_stores_nor_sends_a_token() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut page = signed_in(token_storage).await;
        page.until(|it| email(it) == Some("shopper@example.com")).await;
        assert_eq!(page.validate().await, Ok(200));
        assert_eq!(wire(), ["GET /api/jwt/validate +cookies"]);
        let record = stored(STORE).expect("a record").session.expect("a session");
        assert!(record.token.is_none());
        let everything = script("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])").await.as_string().unwrap();
        assert!(
            !everything.contains("eyJ") && !everything.to_lowercase().contains("token") && !everything.contains('@'),
            "script can read a secret"
        );
    }
}

#[wasm_bindgen_test]
async fn a_reload_asks_who_is_signed_in_and_renews_nothing() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        drop(signed_in(token_storage).await);
        let mut page = Page::open_with(config(STORE, token_storage));
        page.until(|it| email(it) == Some("shopper@example.com")).await;
        assert_eq!(wire(), ["GET /api/user +cookies"]);
    }
}

#[wasm_bindgen_test]
async fn an_unknown_visitor_is_signed_out() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        clean().await;
        record_wire();
        answer_next("GET /api/user", NOBODY);
        let mut page = Page::open_with(config(STORE, token_storage));
        page.until(|it| *it == SessionState::SignedOut(None)).await;
        assert_eq!(page.validate().await, Err(FetchError::SignedOut));
        assert_eq!(wire(), ["GET /api/user +cookies"]);
    }
}

#[wasm_bindgen_test]
async fn every_other_outcome_of_a_sign_in_is_reported() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        clean().await;
        let page = Page::open_with(config(STORE, token_storage));
        let sign_in = |login_id: &'static str| page.session.sign_in(login_id, PASSWORD);
        assert_eq!(sign_in("nobody@example.com").await, Err(LoginFailure::InvalidCredentials));
        assert_eq!(sign_in("unregistered@example.com").await, Err(LoginFailure::NotRegistered));
        assert!(matches!(sign_in("change@example.com").await, Err(LoginFailure::PasswordChangeRequired { .. })));
        assert_eq!(sign_in("unverified@example.com").await, Err(LoginFailure::EmailNotVerified));
        assert!(matches!(sign_in("twofactor@example.com").await, Err(LoginFailure::TwoFactorRequired { .. })));
        assert_eq!(sign_in("locked@example.com").await, Err(LoginFailure::Locked));
        assert!(stored(STORE).is_none_or(|it| it.session.is_none()));
    }
}

#[wasm_bindgen_test]
async fn in_the_shared_domain_a_401_leads_to_one_refresh_and_one_replay_of_each_request() {
    let page = with_expired_token(TokenStorage::SharedDomainCookies).await;
    let answers = join_all((0..5).map(|_| page.validate())).await;
    assert!(answers.iter().all(|it| *it == Ok(200)));
    let wire = wire();
    let count = |call: &str| wire.iter().filter(|it| *it == call).count();
    assert_eq!((count("GET /api/jwt/validate +cookies"), count("POST /api/jwt/refresh +cookies")), (10, 1));
    assert_eq!(wire.len(), 11);
}

#[wasm_bindgen_test]
async fn with_a_backend_a_401_ends_the_session_and_no_refresh_leaves_the_browser() {
    let mut page = with_expired_token(TokenStorage::BackendCookies).await;
    assert_eq!(page.validate().await, Err(FetchError::SignedOut));
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::Expired))).await;
    assert_eq!(wire(), ["GET /api/jwt/validate +cookies", "GET /api/user +cookies"]);
}

#[wasm_bindgen_test]
async fn signing_out_revokes_the_refresh_token_and_forgets_the_cookies() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut page = signed_in(token_storage).await;
        page.session.sign_out();
        page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::UserRequest))).await;
        // The lock orders this sign-in after the logout that is still in flight.
        assert_eq!(page.session.sign_in("nobody@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials));
        assert_eq!(wire(), ["POST /api/logout +cookies", "POST /api/login +cookies"]);
        assert_eq!(post("/api/jwt/refresh").await, 400);
    }
}

#[wasm_bindgen_test]
async fn a_sign_in_and_a_sign_out_in_another_tab_reach_this_one() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        drop(signed_in(token_storage).await);
        let signed_in = stored(STORE).unwrap();
        storage().clear().unwrap();
        answer_next("GET /api/user", NOBODY);
        let mut page = Page::open_with(config(STORE, token_storage));
        page.until(|it| *it == SessionState::SignedOut(None)).await;

        let other = OtherTab::open();
        other.write(STORE, &signed_in);
        page.until(|it| email(it) == Some("shopper@example.com")).await;
        assert_eq!(page.validate().await, Ok(200));

        other.sign_out(STORE);
        page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::UserRequest))).await;
    }
}

#[wasm_bindgen_test]
async fn a_proxys_page_in_place_of_the_user_says_nothing_about_the_session() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        for status in [401, 404] {
            drop(signed_in(token_storage).await);
            answer_next("GET /api/user", &format!("new Response('<html>', {{ status: {status} }})"));
            let mut page = Page::open_with(config(STORE, token_storage));
            page.until(|it| *it != SessionState::Loading).await;
            assert!(stored(STORE).is_some_and(|it| it.session.is_some()), "{status}: the session ended in every tab");
        }
    }
}
