//! Sessions against the emulator: the browser's own cookies, CORS, storage and locks.
//!
//! The emulator's URL comes from `TEST_FUSIONAUTH_URL` at compile time. The emulator must allow the origin of this page.

use crate::support::*;
use fusionauth_session::{Connection, SignOutReason};
use futures::future::join;
use leptos_fusionauth::{FetchError, LoginFailure, SendCodeOutcome, SessionConfig, SessionState, TokenStorage, TrustDevice};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn signing_in_keeps_one_record_and_opens_the_api() {
    clean().await;
    let mut page = Page::open(STORE);
    page.until(|it| *it == SessionState::SignedOut(None)).await;
    assert_eq!(page.validate().await, Err(FetchError::SignedOut));
    page.sign_in().await;
    match page.until(|it| matches!(it, SessionState::SignedIn { .. })).await {
        SessionState::SignedIn { user, connection } => {
            assert_eq!((user.email.as_deref(), connection), (Some("shopper@example.com"), Connection::Good));
        }
        SessionState::Loading | SessionState::SignedOut(_) => unreachable!("waited for a sign-in"),
    }
    assert_eq!(page.validate().await, Ok(200));
    assert_eq!(storage().length().unwrap(), 1);
    let text = storage().get_item(&key(STORE)).unwrap().unwrap();
    assert!(!text.contains("shopper@example.com") && !text.contains("refresh"), "no profile and no refresh token in storage");
}

#[wasm_bindgen_test]
async fn a_session_in_memory_leaves_no_token_in_storage_and_survives_a_reload() {
    clean().await;
    let page = Page::open_with(config(STORE, TokenStorage::Memory));
    page.sign_in().await;
    assert_eq!(page.validate().await, Ok(200));
    assert!(stored(STORE).unwrap().session.unwrap().token.is_none(), "storage has no token to steal");
    let before = refreshes();
    // The same page in another tab, or after a reload.
    let mut other = Page::open_with(config(STORE, TokenStorage::Memory));
    assert_eq!((other.validate().await, refreshes() - before), (Ok(200), 1));
    assert_eq!((page.validate().await, refreshes() - before), (Ok(200), 1), "the first page keeps its own token");
    assert!(stored(STORE).unwrap().session.unwrap().token.is_none());
    let other_tab = OtherTab::open();
    other_tab.sign_out(STORE);
    other.until(|it| matches!(it, SessionState::SignedOut(_))).await;
}

#[wasm_bindgen_test]
async fn a_form_that_is_submitted_twice_signs_in_once() {
    clean().await;
    record_wire();
    let page = Page::open(STORE);
    let submit = || page.session.sign_in("shopper@example.com", PASSWORD);
    assert_eq!(futures::join!(submit(), submit()), (Ok(()), Ok(())));
    assert_eq!(wire().iter().filter(|it| it.starts_with("POST /api/login")).count(), 1);
}

#[wasm_bindgen_test]
async fn every_account_has_its_own_outcome() {
    clean().await;
    let page = Page::open(STORE);
    let sign_in = |login_id: &'static str| page.session.sign_in(login_id, PASSWORD);
    assert_eq!(page.session.sign_in("shopper@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials));
    assert_eq!(sign_in("nobody@example.com").await, Err(LoginFailure::InvalidCredentials));
    assert_eq!(sign_in("unregistered@example.com").await, Err(LoginFailure::NotRegistered));
    assert!(matches!(sign_in("change@example.com").await, Err(LoginFailure::PasswordChangeRequired { .. })));
    assert_eq!(sign_in("unverified@example.com").await, Err(LoginFailure::EmailNotVerified));
    assert_eq!(sign_in("locked@example.com").await, Err(LoginFailure::Locked));
    let Err(LoginFailure::TwoFactorRequired { two_factor_id }) = sign_in("twofactor@example.com").await else {
        panic!("no second factor asked")
    };
    let [method] = &page.session.next_step().methods[..] else { panic!("not exactly one way to get a code") };
    assert_eq!((method.method.as_str(), method.destination()), ("authenticator", None));
    assert_eq!(page.session.complete_two_factor(&two_factor_id, "000000", TrustDevice::No).await, Err(LoginFailure::InvalidCode));
    assert_eq!(page.session.complete_two_factor("dead", "000000", TrustDevice::No).await, Err(LoginFailure::TwoFactorExpired));
    assert!(stored(STORE).is_none_or(|it| it.session.is_none()), "no failed sign-in is stored");
}

#[wasm_bindgen_test]
async fn an_expired_token_is_renewed_once_however_many_ask() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    let before = (refreshes(), stored(STORE));
    let mut page = Page::open(STORE);
    let answers = futures::future::join_all((0..20).map(|_| page.validate())).await;
    assert!(answers.iter().all(|it| *it == Ok(200)));
    assert_eq!(refreshes() - before.0, 1);
    assert!(stored(STORE) != before.1, "the new token is stored");
    page.until(|it| matches!(it, SessionState::SignedIn { .. })).await;
}

#[wasm_bindgen_test]
async fn a_revoked_refresh_token_ends_the_session_with_its_cause() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    assert_eq!(post("/api/logout").await, 200);
    let mut page = Page::open(STORE);
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::Expired))).await;
    assert!(stored(STORE).is_some_and(|it| it.session.is_none()));
}

#[wasm_bindgen_test]
async fn signing_out_revokes_the_refresh_token() {
    clean().await;
    let mut page = Page::open(STORE);
    page.sign_in().await;
    page.session.sign_out();
    assert!(stored(STORE).is_some_and(|it| it.session.is_none()), "the session is gone from local storage before FusionAuth answers");
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::UserRequest))).await;
    // The lock orders this sign-in after the logout that is still in flight.
    assert_eq!(page.session.sign_in("shopper@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials));
    assert_eq!(post("/api/jwt/refresh").await, 400);
}

/// The session's time limit for IndexedDB. On a busy machine a test would reach it, and the session would go on without the note.
const NOTE_LIMIT_MS: u32 = 500;

#[wasm_bindgen_test]
async fn the_lock_is_held_until_its_note_is_written_although_the_next_request_waits() {
    clean().await;
    let _time = Time::hold_from(NOTE_LIMIT_MS);
    let page = Page::open(STORE);
    script(
        "(() => {
            globalThis.order = [];
            const { request } = LockManager.prototype, { put } = IDBObjectStore.prototype;
            LockManager.prototype.request = function (name, options, run) {
                return request.call(this, name, options, (...given) => {
                    order.push('granted');
                    return run(...given);
                });
            };
            IDBObjectStore.prototype.put = function (...given) {
                const [, , , underWay] = given[0];
                if (!underWay) this.transaction.addEventListener('complete', () => order.push('noted'));
                return put.apply(this, given);
            };
            globalThis.putBack = () => {
                LockManager.prototype.request = request;
                IDBObjectStore.prototype.put = put;
            };
        })()",
    )
    .await;
    page.sign_in().await;
    page.session.sign_out();
    assert_eq!(page.session.sign_in("shopper@example.com", "wrong").await, Err(LoginFailure::InvalidCredentials));
    script("putBack()").await;
    let order = script("order.join()").await.as_string().unwrap();
    assert!(order.starts_with("granted,noted,granted,noted,granted"), "{order}");
}

/// Counts from now on how often the page opens IndexedDB, until `putBack` is called.
const COUNT_OPENS: &str = "(() => {
    const { open } = IDBFactory.prototype;
    globalThis.opens = 0;
    IDBFactory.prototype.open = function (...given) {
        opens++;
        return open.apply(this, given);
    };
    globalThis.putBack = () => (IDBFactory.prototype.open = open);
})()";

/// Waits until the pending idle callbacks have run. Resolves to whether this browser has `requestIdleCallback`, which WebKit lacks.
const IDLE: &str =
    "new Promise(resolve => (globalThis.requestIdleCallback ?? setTimeout)(() => resolve('requestIdleCallback' in globalThis)))";

const LEAVE: &str = "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))";
const RETURN: &str = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))";

#[wasm_bindgen_test]
async fn a_sign_in_finds_the_database_open() {
    clean().await;
    let _time = Time::hold_from(NOTE_LIMIT_MS);
    script(COUNT_OPENS).await;
    let page = Page::open(STORE);
    assert_eq!(script("opens").await, 0, "the page opens no database while it is built");
    if !script(IDLE).await.is_truthy() {
        assert_eq!(script("opens").await, 0, "without idle callbacks, the page opens the database at its first use");
    } else {
        assert_eq!(script("opens").await, 1);
        page.sign_in().await;
        assert_eq!(script("opens").await, 1);
    }
    script("putBack()").await;
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_or_removed_before_it_is_idle_opens_no_database() {
    clean().await;
    script(COUNT_OPENS).await;
    drop(Page::open(STORE));
    let page = Page::open(STORE);
    script(LEAVE).await;
    script(IDLE).await;
    assert_eq!(script("opens").await, 0);
    script(RETURN).await;
    page.sign_in().await;
    assert!(script("opens").await.as_f64().unwrap() >= 1.0);
    script("putBack()").await;
}

#[wasm_bindgen_test]
async fn an_idle_page_holds_no_lock_that_another_tab_wants() {
    clean().await;
    let name = key(STORE);
    script(
        "(() => {
            const { request } = LockManager.prototype;
            globalThis.requested = 0;
            LockManager.prototype.request = function (...given) {
                requested++;
                return request.apply(this, given);
            };
            globalThis.putBack = () => (LockManager.prototype.request = request);
        })()",
    )
    .await;
    let _page = Page::open(STORE);
    script(IDLE).await;
    assert_eq!(script("requested").await, 0);
    let is_free = script(&format!("navigator.locks.request('{name}', {{ ifAvailable: true }}, lock => lock !== null)")).await;
    assert!(is_free.is_truthy());
    script("putBack()").await;
}

#[wasm_bindgen_test]
async fn a_sign_in_at_the_other_application_replaces_this_session_at_the_next_renewal() {
    clean().await;
    Page::open(STORE).sign_in().await;
    Page::open(FORUMS).sign_in().await;
    let mut page = Page::open(STORE);
    assert_eq!(page.validate().await, Ok(200), "the access token is still valid");
    drop(page);
    expire(STORE);
    page = Page::open(STORE);
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::Replaced))).await;
    drop(page);
    let forums = Page::open(FORUMS);
    assert_eq!(forums.validate().await, Ok(200), "the session of the other application stays");
}

#[wasm_bindgen_test]
async fn another_tabs_sign_out_reaches_this_one() {
    clean().await;
    let mut page = Page::open(STORE);
    page.sign_in().await;
    page.until(|it| matches!(it, SessionState::SignedIn { .. })).await;
    let other_tab = OtherTab::open();
    other_tab.sign_out(STORE);
    page.until(|it| *it == SessionState::SignedOut(Some(SignOutReason::UserRequest))).await;
}

#[wasm_bindgen_test]
async fn an_unreachable_fusionauth_signs_nobody_out() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    // No server listens at this URL.
    let page = Page::open_with(SessionConfig { fusionauth_url: "http://127.0.0.1:9".into(), ..config(STORE, TokenStorage::LocalStorage) });
    assert_eq!(page.validate().await, Err(FetchError::Reconnecting));
    assert!(stored(STORE).is_some_and(|it| it.session.is_some()));
    assert_eq!(page.session.sign_in("shopper@example.com", PASSWORD).await, Err(LoginFailure::NoAnswer));
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_leaves_the_queue_and_asks_again_when_it_is_back() {
    clean().await;
    let page = Page::open(STORE);
    page.sign_in().await;
    drop(page);
    expire(STORE);
    script(&format!(
        "new Promise(done => {{ navigator.locks.request('{}', () => new Promise(free => {{ globalThis.free = free; done(); }})); }})",
        key(STORE)
    ))
    .await;

    let page = Page::open(STORE);
    let before = refreshes();
    let (status, ()) = join(page.validate(), async {
        while lock_queue().await < 1.0 {}
        script(LEAVE).await;
        assert_eq!(lock_queue().await, 0.0, "the page leaves the queue, because a frozen page could not free the lock");
        script("free()").await;
        assert_eq!(refreshes(), before);
        script(RETURN).await;
    })
    .await;
    assert_eq!(status, Ok(200));
    assert_eq!(refreshes(), before + 1);
}

#[wasm_bindgen_test]
async fn claims_are_those_of_the_user_that_is_shown() {
    #[derive(serde::Deserialize)]
    struct Claims {
        aud: String,
        roles: Vec<String>,
    }
    clean().await;
    let page = Page::open(STORE);
    assert!(page.session.claims::<Claims>().is_none());
    page.sign_in().await;
    let claims = page.session.claims::<Claims>().expect("claims");
    assert_eq!((claims.aud.as_str(), claims.roles), (STORE, vec!["user".to_owned()]));
    assert!(page.session.claims::<u8>().is_none(), "the claims do not decode as another type");
    page.session.sign_out();
    assert!(page.session.claims::<Claims>().is_none());
    let page = Page::open_with(config(STORE, TokenStorage::Memory));
    page.sign_in().await;
    assert!(stored(STORE).unwrap().session.unwrap().token.is_none());
    assert_eq!(page.session.claims::<Claims>().expect("claims of the token in memory").aud, STORE);
}

#[wasm_bindgen_test]
async fn a_code_is_sent_by_the_method_that_was_chosen() {
    clean().await;
    let page = Page::open(STORE);
    let Err(LoginFailure::TwoFactorRequired { two_factor_id, .. }) = page.session.sign_in("twofactor@example.com", PASSWORD).await else {
        panic!("no second factor");
    };
    record_wire();
    let send = "POST /api/two-factor/send/a%20b";
    answer_next(send, "request.text().then(it => new Response(null, { status: it === '{\"methodId\":\"m\"}' ? 200 : 400 }))");
    assert_eq!(page.session.send_two_factor_code("a b", "m").await, SendCodeOutcome::Sent);
    assert_eq!(wire(), [send], "the request has neither a token nor cookies");
    let unknown_method = page.session.send_two_factor_code(&two_factor_id, "m").await;
    assert_eq!(unknown_method, SendCodeOutcome::Unavailable { status: 400 });
    assert_eq!(page.session.send_two_factor_code("unknown", "m").await, SendCodeOutcome::TwoFactorExpired);
    answer_next(send, "Promise.reject(new TypeError('Failed to fetch'))");
    assert_eq!(page.session.send_two_factor_code("a b", "m").await, SendCodeOutcome::NoAnswer);
}
