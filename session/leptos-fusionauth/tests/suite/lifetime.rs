//! A dropped session leaves no listener, no timer and no lock behind.

use crate::support::*;
use leptos_fusionauth::{FetchError, LoginFailure, SessionConfig, TokenStorage, Tuning};
use wasm_bindgen_test::wasm_bindgen_test;

/// Counts the window's listeners from now on, until `putBack` is called.
const COUNT: &str = "(() => {
    const { addEventListener, removeEventListener } = globalThis;
    globalThis.listeners = 0;
    globalThis.addEventListener = (...given) => { listeners++; addEventListener(...given); };
    globalThis.removeEventListener = (...given) => { listeners--; removeEventListener(...given); };
    globalThis.putBack = () => Object.assign(globalThis, { addEventListener, removeEventListener });
})()";

async fn number(source: &str) -> f64 {
    script(source).await.as_f64().expect("a number")
}

#[wasm_bindgen_test]
async fn a_thousand_mounts_leave_nothing_behind() {
    clean().await;
    Page::open(STORE).sign_in().await;
    script(COUNT).await;
    // No timer runs, so a leftover timer is still pending at the end.
    let time = Time::stop();
    for mount in 0..=1_000 {
        // Every second page is dropped while it waits for the lock.
        let waits = mount % 2 == 1;
        if waits {
            expire(STORE);
        }
        // Switches off the limit for the refreshes of all tabs together, because this test renews some hundred times in a few seconds.
        let tuning = Tuning { breaker_interval_ms: 0, ..Tuning::DEFAULT };
        let page = Page::open_with(SessionConfig { tuning, ..config(STORE, TokenStorage::LocalStorage) });
        if !waits {
            assert!(page.session.access_token().await.is_ok_and(|it| it.is_some()));
        }
        drop(page);
    }
    while number("navigator.locks.query().then(it => it.held.length + it.pending.length)").await > 0.0 {}
    assert_eq!(number("listeners").await, 0.0);
    // A page may still be writing the note about the end of its last request. A timer limits the time for that write.
    until("end of all timers", || time.timers() == 0).await;
    script("putBack()").await;
}

#[wasm_bindgen_test]
async fn stopping_a_session_resolves_all_who_wait_for_it() {
    clean().await;
    Page::open(STORE).sign_in().await;
    expire(STORE);
    let page = Page::open(STORE);
    let session = page.session;
    let (waiting, signing_in, ()) =
        futures::future::join3(session.access_token(), session.sign_in("shopper@example.com", PASSWORD), async { drop(page) }).await;
    assert_eq!((waiting.err(), signing_in), (Some(FetchError::Reconnecting), Err(LoginFailure::NoAnswer)));
    assert_eq!(session.access_token().await.err(), Some(FetchError::Reconnecting));
    assert_eq!(session.sign_in("shopper@example.com", PASSWORD).await, Err(LoginFailure::NoAnswer));
}
