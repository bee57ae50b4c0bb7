//! Each event brings the content of storage, and the tab adopts it before it acts. It never hands out a token, sends a request or ends a
//! session because of an older record.

use crate::support::{
    Tab,
    short::{ended, in_cookies, is_signed_in, known},
};
use fusionauth_session::{Event, LockState, RefreshAnswer, SignOutReason, TokenStorage};

/// Another tab that has signed out. This tab gets no storage event about that.
fn signed_out_elsewhere(tab: &Tab, token_storage: TokenStorage) -> Tab {
    let mut other = tab.reloaded_with(token_storage);
    other.sent.clear();
    other.event(Event::SignOutRequested);
    other
}

#[test]
fn a_page_that_is_shown_again_shows_what_has_happened() {
    let mut tab = Tab::signed_in(300.0);
    tab.storage = signed_out_elsewhere(&tab, TokenStorage::LocalStorage).storage;
    tab.event(Event::Resumed(tab.stored()));
    assert_eq!(ended(&tab), Some(SignOutReason::UserRequest));
}

#[test]
fn a_refused_token_that_storage_shows_as_renewed_needs_no_lock() {
    let mut tab = Tab::signed_in(300.0);
    let caller = tab.ask();
    let old = tab.grant(caller).unwrap();
    let mut other = tab.reloaded();
    other.pass(400_000);
    other.renew(1);
    tab.storage = other.storage;
    tab.lock_is_free = false;
    tab.pass(400_000);
    let caller = tab.refused(old);
    assert!(tab.grant(caller).is_some());
    assert!(tab.wanted.is_none());
}

#[test]
fn an_answer_about_the_owner_of_cookies_counts_only_for_the_session_that_storage_shows() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = in_cookies(token_storage).reloaded_with(token_storage);
        tab.storage = signed_out_elsewhere(&tab, token_storage).storage;
        tab.answer_who_am_i(known());
        assert!(!is_signed_in(&tab));
    }
}

#[test]
fn an_event_tells_what_was_written_and_what_lies_there_and_the_newer_counts() {
    let tab = || Tab::signed_in(300.0);
    let old = tab().stored();
    let new = signed_out_elsewhere(&tab(), TokenStorage::LocalStorage).stored();
    for (written, stored) in [(&new, &old), (&old, &new)] {
        let mut tab = tab();
        tab.event(Event::StorageChanged(written.clone(), stored.clone()));
        assert!(!is_signed_in(&tab));
    }
}

#[test]
fn another_tabs_renewal_settles_who_owns_the_cookies() {
    let mut tab = in_cookies(TokenStorage::BackendCookies);
    let mut other = tab.reloaded_with(TokenStorage::BackendCookies);
    other.answer_who_am_i(known());
    let caller = tab.ask();
    tab.lock_is_free = false;
    let refused = tab.cookie_refused(tab.granted_version(caller).unwrap());
    other.ask_with_refused_cookie();
    other.answer_who_am_i(known());
    tab.hears_of(&other);
    assert!(tab.granted_version(refused).is_some(), "the tab need not ask, because the other tab has asked");
    tab.grant_lock();
    assert_eq!(tab.who_am_is, 1);
}

#[test]
fn a_renewal_is_stored_also_without_the_lock() {
    let mut tab = Tab::signed_in(300.0);
    tab.lock = LockState::Unavailable;
    tab.pass(400_000);
    tab.renew(1);
    assert_eq!(tab.storage.as_ref().unwrap().0.version().generation, 1);

    let mut tab = in_cookies(TokenStorage::SharedDomainCookies);
    tab.lock = LockState::Unavailable;
    tab.ask_with_refused_cookie();
    tab.answer_refresh(RefreshAnswer::Renewed);
    assert_eq!(tab.storage.as_ref().unwrap().0.version().generation, 1);
}

#[test]
fn a_page_that_is_back_renews_a_token_near_its_end() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::Hidden);
    tab.pass(250_000);
    tab.event(Event::Resumed(tab.stored()));
    assert_eq!(tab.refreshes, 1);
}
