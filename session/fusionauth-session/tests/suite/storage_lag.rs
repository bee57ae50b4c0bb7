//! With the lock, a tab gets the session version that the last holder has left in IndexedDB. If local storage still shows an older record,
//! the tab frees the lock and waits for storage: for 20, then 100, then 400 ms. The tests check when it does so, and what ends the wait.

use crate::support::{
    Tab,
    short::{refreshed, two_tabs},
};
use fusionauth_session::{Event, LockState, LogoutAnswer, SessionVersion};

/// Two tabs. The first has renewed the token, and the new token has expired, too. The second does not see that renewal in storage yet.
fn lagging() -> (Tab, Tab) {
    let (mut first, mut second) = two_tabs();
    first.pass(400_000);
    first.renew(1);
    first.pass(400_000);
    second.pass(800_000);
    second.version = first.storage.as_ref().unwrap().0.version();
    (first, second)
}

#[test]
fn what_was_waited_for_ends_the_wait_and_nothing_else_does() {
    let (first, mut second) = lagging();
    second.ask();
    second.ask();
    second.wait(19);
    assert_eq!(second.refreshes, 0, "storage still lags");
    second.hears_of(&first);
    assert_eq!(second.refreshes, 1, "the tab refreshes at once, because the token in storage has expired, too");
}

#[test]
fn storage_tells_nothing_of_a_request_of_a_tab_that_died() {
    let mut tab = Tab::signed_in(300.0);
    tab.lock = LockState::Abandoned;
    tab.pass(400_000);
    tab.ask();
    tab.event(Event::StorageChanged(tab.stored(), tab.stored()));
    tab.wait(519);
    assert_eq!(tab.refreshes, 0);
    tab.wait(1);
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn each_time_that_storage_lags_it_is_waited_for_again() {
    let (_, mut tab) = lagging();
    tab.ask();
    tab.wait(520);
    tab.answer_refresh(refreshed(2));
    let left = tab.storage.as_ref().unwrap().0.version();
    tab.version = SessionVersion { generation: left.generation + 1, ..left };
    tab.pass(400_000);
    tab.ask();
    tab.wait(519);
    assert_eq!(tab.refreshes, 1);
    tab.wait(1);
    assert_eq!(tab.refreshes, 2);
}

#[test]
fn a_logout_waits_for_storage_that_lags_behind_its_confirmation() {
    let (mut first, mut second) = two_tabs();
    first.event(Event::SignOutRequested);
    second.lock_is_free = false;
    second.hears_of(&first);
    first.answer_logout(LogoutAnswer::Done);
    second.version = first.storage.as_ref().unwrap().0.version();
    second.grant_lock();
    assert_eq!(second.logouts, 0);
    second.hears_of(&first);
    second.wait(600_000);
    assert_eq!(second.logouts, 0, "FusionAuth has already confirmed the logout");
}
