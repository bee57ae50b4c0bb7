//! The effects of failed refreshes and failed requests for the current user: how long the next attempt waits, which callers get an answer,
//! and which events reset the back-off. The two quick retries follow after 500 and 1,500 ms.

use crate::support::{
    STORE, Tab,
    short::{in_cookies, is_signed_in, known, refreshed, unavailable},
    token,
};
use fusionauth_session::{CurrentUserAnswer, LockState, RefreshAnswer, TokenStorage};

const EXPIRED_MS: u64 = 400_000;
const NO_ANSWER: CurrentUserAnswer = CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None };

#[test]
fn an_answer_that_helps_nobody_is_a_failure_that_waits() {
    let foreign = token("", STORE, 300.0, 1);
    for answer in [RefreshAnswer::Renewed, RefreshAnswer::Refreshed(foreign)] {
        let mut tab = Tab::expired();
        tab.ask();
        tab.answer_refresh(answer);
        assert_eq!(tab.refreshes, 1, "the tab does not refresh again at once");
        tab.wait(500);
        assert_eq!(tab.refreshes, 2);
        assert!(is_signed_in(&tab));
    }
}

#[test]
fn a_refused_token_is_renewed_at_once_whatever_the_back_off() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(245_000);
    let caller = tab.ask();
    let old = tab.grant(caller).unwrap();
    tab.answer_refresh(unavailable(500));
    for _ in 0..3 {
        tab.wait(1_500);
        tab.ask();
        if !tab.sent.is_empty() {
            tab.answer_refresh(unavailable(500));
        }
    }
    let before = tab.refreshes;
    assert!(before >= 3 && tab.sent.is_empty(), "the quick retries are used up, and the back-off runs");
    tab.refused(old);
    assert_eq!(tab.refreshes, before + 1);
}

#[test]
fn another_tabs_renewal_forgets_the_failures_also_where_tokens_are_in_memory() {
    let mut tab = Tab::open(TokenStorage::Memory);
    tab.sign_in(token("shopper", STORE, 300.0, 0));
    let mut other = tab.reloaded_with(TokenStorage::Memory);
    tab.pass(EXPIRED_MS);
    let caller = tab.ask();
    tab.answer_refresh(unavailable(500));
    tab.wait(500);
    tab.answer_refresh(unavailable(500));
    tab.wait(1_500);
    other.answer_refresh(refreshed(1));
    tab.storage = other.storage.clone();
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&tab));
    tab.wait(1);
    tab.answer_refresh(unavailable(500));
    assert!(!tab.settled.contains_key(&caller), "the quick retries begin again");
}

#[test]
fn in_the_shared_domain_a_user_url_that_refuses_after_a_renewal_is_asked_later_and_renewed_again() {
    let mut tab = in_cookies(TokenStorage::SharedDomainCookies).reloaded_with(TokenStorage::SharedDomainCookies);
    tab.answer_who_am_i(CurrentUserAnswer::Unauthorized);
    tab.answer_refresh(RefreshAnswer::Renewed);
    tab.answer_who_am_i(CurrentUserAnswer::Unauthorized);
    assert_eq!((tab.refreshes, tab.who_am_is), (1, 2), "the tab does not ask again at once");
    tab.wait(1_500);
    tab.answer_who_am_i(CurrentUserAnswer::Unauthorized);
    assert_eq!((tab.refreshes, tab.who_am_is), (2, 3), "the tab renews and asks again, because the access token may have expired since");
}

#[test]
fn a_pause_for_the_user_url_binds_all_tabs() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = in_cookies(token_storage).reloaded_with(token_storage);
        tab.answer_who_am_i(CurrentUserAnswer::Unavailable { status: Some(429), retry_after_ms: Some(60_000) });
        assert!(tab.storage.as_ref().unwrap().0.throttle_ms >= 60_000);
        assert_eq!(tab.reloaded_with(token_storage).who_am_is, 0);
    }
}

#[test]
fn a_pause_is_not_stored_without_the_lock() {
    let mut tab = Tab::signed_in(300.0);
    tab.lock = LockState::Unavailable;
    tab.pass(EXPIRED_MS);
    tab.ask();
    tab.answer_refresh(unavailable(429));
    assert_eq!(tab.storage.as_ref().unwrap().0.throttle_ms, 0, "without the lock, the write could replace another tab's renewal");
}

#[test]
fn an_answer_of_the_user_url_forgets_the_failures() {
    let mut tab = Tab::open(TokenStorage::BackendCookies);
    tab.answer_who_am_i(NO_ANSWER);
    tab.wait(500);
    tab.answer_who_am_i(NO_ANSWER);
    tab.wait(1_500);
    tab.answer_who_am_i(known());
    let caller = tab.ask_with_refused_cookie();
    tab.answer_who_am_i(NO_ANSWER);
    assert!(!tab.settled.contains_key(&caller), "the quick retries begin again");
}
