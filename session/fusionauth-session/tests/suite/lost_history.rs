//! Tabs can lose their history: a user clears site data or reloads a page, or another program writes nonsense to storage. Even then no tab
//! confuses two users, and no cookie survives a sign-out.

use crate::support::{
    STORE, Tab,
    short::{ended, is_signed_in, refreshed},
    token,
};
use fusionauth_session::{CurrentUserAnswer, Epoch, Event, LockState, SessionVersion, SignOutReason, Stored, TokenStorage};

#[test]
fn a_sign_in_after_cleared_site_data_counts_as_newer_than_the_session_before() {
    let mut old = Tab::signed_in(300.0);
    for serial in 1..4 {
        old.sign_in(token("shopper", STORE, 300.0, serial));
    }
    old.pass(5_000);
    let mut new = Tab::new();
    new.now = old.now;
    new.boot();
    new.sign_in(token("another", STORE, 300.0, 9));

    new.hears_of(&old);
    let caller = new.ask();
    assert!(new.grant(caller).is_some_and(|it| it.token.expose().starts_with("another")), "the previous user must not return");
    let caller = {
        old.storage = new.storage.clone();
        old.storage.as_mut().unwrap().0.epoch = new.machine.version().epoch;
        old.ask()
    };
    assert!(old.grant(caller).is_none_or(|it| it.epoch == new.machine.version().epoch));
}

#[test]
fn a_record_that_is_removed_is_a_sign_out() {
    let mut tab = Tab::signed_in(300.0);
    tab.storage = None;
    tab.event(Event::StorageChanged(Stored::Nothing, Stored::Nothing));
    assert_eq!((is_signed_in(&tab), ended(&tab), tab.logouts), (false, Some(SignOutReason::UserRequest), 1));

    let mut without_storage = Tab::new();
    without_storage.storage_works = false;
    without_storage.boot();
    without_storage.sign_in(token("shopper", STORE, 300.0, 0));
    without_storage.event(Event::StorageChanged(Stored::Nothing, Stored::Nothing));
    assert!(is_signed_in(&without_storage), "a missing record is no sign-out if the tab could never store one");
}

#[test]
fn an_impossible_order_is_ignored() {
    let mut tab = Tab::open(TokenStorage::LocalStorage);
    tab.version = SessionVersion { epoch: Epoch { number: u32::MAX, nonce: u32::MAX }, generation: u32::MAX };
    tab.sign_in(token("shopper", STORE, 300.0, 0));
    let mut later = tab.reloaded();
    let caller = later.ask();
    assert!(later.grant(caller).is_some(), "a new page can read the record of this tab");

    let mut forged = tab.storage.clone().unwrap();
    forged.0.epoch = Epoch { number: u32::MAX, nonce: u32::MAX };
    let forged = Stored::from_record(forged.0, forged.1);
    let mut other = tab.reloaded();
    for tab in [&mut later, &mut other] {
        tab.event(Event::StorageChanged(forged.clone(), forged.clone()));
    }
    later.event(Event::SignOutRequested);
    other.hears_of(&later);
    assert!(!is_signed_in(&other), "a sign-out is newer than everything before it");
}

#[test]
fn a_refresh_that_answers_with_a_token_where_cookies_were_expected_has_one_outcome() {
    let mut tab = Tab::open(TokenStorage::SharedDomainCookies);
    for _ in 0..200 {
        if let Some((_, request)) = tab.sent.front().copied() {
            match request {
                fusionauth_session::Request::Refresh => tab.answer_refresh(refreshed(1)),
                _ => tab.answer_who_am_i(CurrentUserAnswer::Unauthorized),
            }
        }
        tab.wait(3_000);
    }
    assert_eq!((tab.refreshes, tab.machine.state()), (1, &fusionauth_session::SessionState::SignedOut(None)));
}

#[test]
fn the_order_that_is_left_never_goes_back() {
    let mut tab = Tab::expired();
    let stored = tab.machine.version();
    tab.version = SessionVersion { generation: stored.generation + 7, ..stored };
    tab.ask();
    tab.wait(1_000);
    tab.answer_refresh(fusionauth_session::RefreshAnswer::NoAnswer);
    assert_eq!(tab.left, Some(tab.version), "the tab leaves the version that came with the lock, although storage never showed it");
    assert_eq!(tab.lock, LockState::Held);
}
