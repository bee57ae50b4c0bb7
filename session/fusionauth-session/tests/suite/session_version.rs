//! Storage that lags behind the session version that comes with the lock, tabs that die with a request in flight, and wrong clocks.
//!
//! A session version orders records: the epoch of the sign-in or sign-out, and the number of renewals since then. The last holder of the
//! lock leaves it in IndexedDB for the next holder.

use crate::support::{
    STORE, Tab,
    short::{ended, is_signed_in, refreshed, two_tabs, unavailable},
    token,
};
use fusionauth_session::{Epoch, Event, LockState, RefreshAnswer, SessionVersion, SignOutReason, StoredSession, TokenStorage};

/// Two tabs; the first has renewed, and the second's storage does not show it yet.
fn renewed_and_lagging() -> (Tab, Tab) {
    let (mut first, mut second) = two_tabs();
    first.pass(400_000);
    second.pass(400_000);
    first.renew(1);
    second.version = first.storage.as_ref().unwrap().0.version();
    (first, second)
}

#[test]
fn a_tab_that_lags_frees_the_lock_and_adopts_what_comes() {
    let (first, mut second) = renewed_and_lagging();
    let caller = second.ask();
    assert!(second.refreshes == 0 && second.held.is_empty(), "the tab frees the lock before it waits");
    second.hears_of(&first);
    assert!(second.grant(caller).is_some());
    assert_eq!(second.refreshes, 0);
}

#[test]
fn the_wait_for_storage_has_a_bound() {
    let (_, mut second) = renewed_and_lagging();
    let caller = second.ask();
    // The tab waits for 20, 100 and 400 ms, and reads storage after each wait.
    second.wait(519);
    assert_eq!(second.refreshes, 0);
    second.wait(1);
    assert_eq!(second.refreshes, 1);
    second.answer_refresh(refreshed(2));
    assert!(second.grant(caller).is_some());
    let left = second.storage.as_ref().unwrap().0.version();
    assert!(left > second.version, "the tab's record is newer than the record that it could not read");
}

#[test]
fn a_sign_in_does_not_wait_for_storage() {
    let mut tab = Tab::open(TokenStorage::LocalStorage);
    tab.version = SessionVersion { epoch: Epoch { number: 7, nonce: 1 }, generation: 3 };
    tab.sign_in(token("shopper", STORE, 300.0, 0));
    assert!(is_signed_in(&tab));
    assert!(tab.storage.as_ref().unwrap().0.epoch > tab.version.epoch, "the tab's record is newer than the one that it could not read");
}

#[test]
fn a_refusal_after_a_tab_died_with_a_request_is_not_believed_at_once() {
    let mut tab = Tab::signed_in(300.0);
    tab.lock = LockState::Abandoned;
    tab.pass(400_000);
    let caller = tab.ask();
    tab.wait(520);
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&tab));
    tab.wait(1_000);
    // The browser has received the cookie of the closed tab's request.
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(caller).is_some());
}

#[test]
fn ever_shorter_lives_end_in_a_bounded_rate_and_one_clean_end() {
    let mut tab = Tab::signed_in(300.0);
    for serial in 0..600 {
        tab.ask();
        while !tab.sent.is_empty() {
            let lifetime_s = 300.0 / f64::from(1 << serial.min(20));
            tab.answer_refresh(RefreshAnswer::Refreshed(token("shopper", STORE, lifetime_s, serial)));
        }
        tab.wait(1_000);
    }
    assert!(tab.refreshes <= 220, "{} refreshes in ten minutes", tab.refreshes);
    while tab.sent.is_empty() {
        tab.ask();
        tab.wait(60_000);
    }
    tab.answer_refresh(RefreshAnswer::Refused);
    assert_eq!(ended(&tab), Some(SignOutReason::Expired));
}

#[test]
fn odd_lifetimes_cause_no_loop() {
    for lifetime_s in [5.0, 1.0, 0.0, -5.0, 3.2e9, f64::NAN, f64::INFINITY] {
        let mut tab = Tab::expired();
        for serial in 0..600 {
            tab.ask();
            while !tab.sent.is_empty() {
                tab.answer_refresh(RefreshAnswer::Refreshed(token("shopper", STORE, lifetime_s, serial)));
            }
            tab.wait(100);
            assert!(tab.timer.is_none_or(|it| it - tab.now.mono_ms <= 30_000), "a timer that could overflow");
        }
        assert!(is_signed_in(&tab));
        assert!(tab.refreshes <= 61, "{} refreshes in a minute at {lifetime_s} s", tab.refreshes);
    }
}

#[test]
fn two_hours_offline_cost_one_refresh_once_it_is_over() {
    let mut tab = Tab::expired();
    tab.ask();
    while tab.now.mono_ms < 7_600_000 {
        if !tab.sent.is_empty() {
            tab.answer_refresh(RefreshAnswer::NoAnswer);
        }
        tab.wait(60_000);
    }
    assert!(is_signed_in(&tab) && tab.refreshes < 40, "{} tries in two hours", tab.refreshes);
    while !tab.sent.is_empty() {
        tab.answer_refresh(RefreshAnswer::NoAnswer);
    }
    let before = tab.refreshes;
    tab.event(Event::Resumed(tab.stored()));
    assert_eq!(tab.refreshes, before + 1, "the tab refreshes at once when the user returns");
    tab.answer_refresh(refreshed(1));
    let caller = tab.ask();
    assert!(tab.grant(caller).is_some());
}

#[test]
fn a_network_that_wakes_up_late_signs_nobody_out() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::Hidden);
    tab.now.wall_ms += 8 * 3_600_000;
    tab.event(Event::Resumed(tab.stored()));
    let caller = tab.ask();
    let up = tab.now.mono_ms + 4_000;
    for serial in 0..100 {
        if !tab.sent.is_empty() {
            tab.answer_refresh(if tab.now.mono_ms < up { RefreshAnswer::NoAnswer } else { refreshed(serial) });
        }
        tab.wait(100);
    }
    assert!(is_signed_in(&tab) && tab.refreshes <= 4, "{} tries", tab.refreshes);
    let later = tab.ask();
    assert!(tab.settled.contains_key(&caller) && tab.grant(later).is_some());
}

#[test]
fn a_stored_token_of_another_user_is_not_used() {
    let mut earlier = Tab::signed_in(300.0);
    if let Some((record, claims)) = &mut earlier.storage {
        let other = token("second", STORE, 300.0, 9);
        *record.session.as_mut().unwrap() = StoredSession { token: Some(other.token.clone()), ..record.session.clone().unwrap() };
        *claims = Some(other.claims);
    }
    let mut tab = earlier.reloaded();
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(unavailable(500));
    let caller = tab.ask();
    assert!(tab.grant(caller).is_none());
}

/// IndexedDB may fail between two reads.
#[test]
fn a_version_that_was_read_once_counts_although_it_cannot_be_read_again() {
    let (_, mut second) = renewed_and_lagging();
    second.ask();
    second.version = SessionVersion::default();
    second.wait(519);
    assert_eq!(second.refreshes, 0);
}

#[test]
fn a_sign_out_counts_as_newer_than_a_sign_in_that_storage_does_not_show_yet() {
    let mut tab = Tab::signed_in(300.0);
    let epoch = tab.storage.as_ref().unwrap().0.epoch;
    tab.version = SessionVersion { epoch: Epoch { number: epoch.number + 5, ..epoch }, generation: 0 };
    tab.pass(400_000);
    tab.ask();
    tab.event(Event::SignOutRequested);
    assert!(tab.storage.as_ref().unwrap().0.epoch > tab.version.epoch);
}

#[test]
fn a_stored_session_of_another_user_under_the_same_epoch_is_not_adopted() {
    let mut tab = Tab::signed_in(300.0);
    let (record, claims) = tab.storage.as_mut().unwrap();
    let other = token("second", STORE, 300.0, 9);
    *record.session.as_mut().unwrap() =
        StoredSession { sub: "second".to_owned(), generation: 1, token: Some(other.token.clone()), received_at: tab.now.wall_ms };
    *claims = Some(other.claims);
    let caller = tab.ask();
    assert!(tab.grant(caller).unwrap().token == token("shopper", STORE, 300.0, 0).token);
}
