//! "Keep me signed in": without it, a sign-in ends when the browser is closed; with it, the user is still signed in afterwards. A browser
//! deletes session cookies when it is closed. No test can close the browser, so the tests delete the library's session cookie.

use crate::support::*;
use fusionauth_session::SignOutReason;
use leptos_fusionauth::{FetchError, KeepSignedIn, SessionState, TokenStorage};
use wasm_bindgen_test::wasm_bindgen_test;

const ENDED: SessionState = SessionState::SignedOut(Some(SignOutReason::Expired));

async fn sign_in(token_storage: TokenStorage, keep: KeepSignedIn) -> Page {
    let page = Page::open_with(config(STORE, token_storage));
    let session = page.session.keep_signed_in(keep);
    assert_eq!(session.sign_in("shopper@example.com", PASSWORD).await, Ok(()));
    page
}

fn is_signed_in(state: &SessionState) -> bool {
    matches!(state, SessionState::SignedIn { .. })
}

#[wasm_bindgen_test]
async fn a_sign_in_that_is_not_kept_ends_with_the_browser_before_anything_is_sent() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::Memory, TokenStorage::SharedDomainCookies] {
        clean().await;
        drop(sign_in(token_storage, KeepSignedIn::No).await);
        close_browser(STORE);
        record_wire();
        let mut page = Page::open_with(config(STORE, token_storage));
        page.until(|it| *it == ENDED).await;
        assert_eq!(page.validate().await, Err(FetchError::SignedOut));
        assert!(stored(STORE).is_some_and(|it| it.session.is_none()), "{token_storage:?}");
        // This sign-in waits for the Store's lock, so the browser sends it after the logout.
        assert!(page.session.sign_in("shopper@example.com", "wrong").await.is_err());
        assert_eq!(wire(), ["POST /api/logout +cookies", "POST /api/login +cookies"], "{token_storage:?}");
        assert_eq!(post("/api/jwt/refresh").await, 400, "FusionAuth has revoked the refresh token");
    }
}

#[wasm_bindgen_test]
async fn a_sign_in_that_is_not_kept_holds_in_every_page_until_then_and_after_a_renewal() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::Memory, TokenStorage::SharedDomainCookies] {
        clean().await;
        let _page = sign_in(token_storage, KeepSignedIn::No).await;
        let mut other = Page::open_with(config(STORE, token_storage));
        other.until(is_signed_in).await;
        assert_eq!(other.validate().await, Ok(200));
    }
    clean().await;
    drop(sign_in(TokenStorage::LocalStorage, KeepSignedIn::No).await);
    expire(STORE);
    // `expire` has written a record without `untilClosed`, so put this field back.
    let text = storage().get_item(&key(STORE)).unwrap().unwrap();
    storage().set_item(&key(STORE), &text.replacen('{', r#"{"untilClosed":true,"#, 1)).unwrap();
    let page = Page::open(STORE);
    close_browser(STORE);
    assert_eq!(page.validate().await, Ok(200), "the page renews its token although the cookie is gone");
    drop(page);
    Page::open(STORE).until(|it| *it == ENDED).await;
}

#[wasm_bindgen_test]
async fn a_sign_in_that_is_kept_outlives_the_browser() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::Memory, TokenStorage::SharedDomainCookies] {
        clean().await;
        let page = sign_in(token_storage, KeepSignedIn::No).await;
        page.session.sign_out();
        drop(page);
        drop(sign_in(token_storage, KeepSignedIn::Yes).await);
        close_browser(STORE);
        let mut page = Page::open_with(config(STORE, token_storage));
        page.until(is_signed_in).await;
        assert_eq!(page.validate().await, Ok(200));
    }
}

#[wasm_bindgen_test]
async fn a_sign_in_without_a_choice_lasts_as_long_as_the_previous_one() {
    clean().await;
    let page = sign_in(TokenStorage::LocalStorage, KeepSignedIn::No).await;
    // A second sign-in, as after a change of the password.
    page.sign_in().await;
    drop(page);
    close_browser(STORE);
    Page::open(STORE).until(|it| *it == ENDED).await;

    clean().await;
    Page::open(STORE).sign_in().await;
    close_browser(STORE);
    Page::open(STORE).until(is_signed_in).await;
}

#[wasm_bindgen_test]
async fn a_sign_in_that_fails_changes_nothing() {
    clean().await;
    let page = sign_in(TokenStorage::LocalStorage, KeepSignedIn::No).await;
    assert!(page.session.keep_signed_in(KeepSignedIn::Yes).sign_in("shopper@example.com", "wrong").await.is_err());
    drop(page);
    close_browser(STORE);
    Page::open(STORE).until(|it| *it == ENDED).await;
}

#[wasm_bindgen_test]
async fn the_early_script_sends_no_token_of_a_sign_in_that_is_over() {
    clean().await;
    drop(sign_in(TokenStorage::LocalStorage, KeepSignedIn::No).await);
    js_sys::eval(include_str!("../../../fusionauth-session-web/src/early.js")).unwrap();
    let get = || js_sys::eval(&format!("fusionauthEarly.get('{STORE}', '{FUSIONAUTH}/api/jwt/validate')")).unwrap();
    record_wire();
    get();
    assert_eq!(wire(), ["GET /api/jwt/validate +token"], "the script sends the token while the browser runs");
    close_browser(STORE);
    js_sys::eval(include_str!("../../../fusionauth-session-web/src/early.js")).unwrap();
    record_wire();
    get();
    assert_eq!(wire(), [""; 0]);
    js_sys::eval("delete globalThis.fusionauthEarly").unwrap();
}

#[wasm_bindgen_test]
async fn a_backend_is_told_of_a_sign_in_that_is_not_kept_and_nothing_is_marked() {
    for (keep, told) in [(KeepSignedIn::No, "false"), (KeepSignedIn::Yes, "true")] {
        clean().await;
        record_wire();
        let page = Page::open_with(config(STORE, TokenStorage::BackendCookies));
        answer_next(
            "POST /api/login",
            "request.text().then(text => {
                globalThis.told = String(JSON.parse(text).keepSignedIn);
                return new Response('{\"user\":{\"id\":\"1\"}}');
            })",
        );
        assert_eq!(page.session.keep_signed_in(keep).sign_in("shopper@example.com", PASSWORD).await, Ok(()));
        assert_eq!(script("told").await.as_string().as_deref(), Some(told));
        assert!(!script("document.cookie").await.as_string().unwrap().contains(STORE));
    }
}
