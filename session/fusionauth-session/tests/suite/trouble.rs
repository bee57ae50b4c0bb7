//! The effects of late, wrong and missing answers on a session. After a failed refresh, two quick retries follow after 500 and 1,500 ms.

use crate::support::{
    FORUMS, STORE, Tab,
    short::{ended, is_signed_in, refreshed, unavailable},
    token,
};
use fusionauth_session::{Connection, RefreshAnswer, SessionState, SignOutReason};

#[test]
fn a_refused_refresh_ends_the_session_once_with_its_cause() {
    let mut tab = Tab::expired();
    let caller = tab.ask();
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(tab.is_signed_out(caller));
    assert_eq!(ended(&tab), Some(SignOutReason::Expired));
    assert_eq!(ended(&tab.reloaded()), Some(SignOutReason::Expired));
    assert_eq!((tab.refreshes, tab.logouts), (1, 0));
    let later = tab.ask();
    assert!(tab.is_signed_out(later));
    assert_eq!(tab.refreshes, 1, "the tab does not refresh again");
}

#[test]
fn whatever_is_not_definitive_signs_nobody_out() {
    for answer in [
        unavailable(403),
        unavailable(408),
        unavailable(429),
        unavailable(500),
        unavailable(503),
        unavailable(200),
        RefreshAnswer::NoAnswer,
    ] {
        let mut tab = Tab::expired();
        tab.ask();
        for _ in 0..6 {
            if tab.sent.is_empty() {
                tab.wait(3_700_000);
                tab.ask();
            }
            tab.answer_refresh(answer.clone());
        }
        assert!(is_signed_in(&tab));
        tab.wait(3_700_000);
        let caller = tab.ask();
        if !tab.sent.is_empty() {
            tab.answer_refresh(refreshed(1));
        }
        assert!(tab.grant(caller).is_some(), "the session works again as soon as FusionAuth answers");
    }
}

#[test]
fn two_quick_retries_are_waited_for_and_then_callers_learn_that_it_takes_longer() {
    let mut tab = Tab::expired();
    let caller = tab.ask();
    tab.answer_refresh(unavailable(500));
    tab.wait(500);
    tab.answer_refresh(RefreshAnswer::NoAnswer);
    tab.wait(1_500);
    assert!(!tab.settled.contains_key(&caller));
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { connection: Connection::Good, .. }));
    tab.answer_refresh(unavailable(500));
    assert!(tab.is_reconnecting(caller));
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { connection: Connection::Reconnecting, .. }));
    tab.wait(5_000);
    assert_eq!(tab.refreshes, 4, "the tab retries without a new caller");
    tab.answer_refresh(refreshed(1));
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { connection: Connection::Good, .. }));
}

#[test]
fn a_refresh_that_hangs_keeps_no_caller_for_longer_than_ten_seconds() {
    let mut tab = Tab::expired();
    let caller = tab.ask();
    tab.wait(10_000);
    assert!(tab.is_reconnecting(caller));
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { connection: Connection::Reconnecting, .. }));
    assert_eq!(tab.sent.len(), 1, "the request continues, because its answer may hold the only copy of a cookie");
    tab.wait(20_000);
    tab.answer_refresh(refreshed(1));
    let caller = tab.ask();
    assert!(tab.grant(caller).is_some());
    assert_eq!(tab.refreshes, 1);
}

/// When storage is full, the tab keeps the session in memory, and the cookie keeps later pages signed in.
#[test]
fn storage_that_is_full_signs_nobody_out() {
    let mut tab = Tab::signed_in(300.0);
    tab.storage_is_full = true;
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(caller).is_some());
    // A later page finds the previous record.
    let mut later = tab.reloaded();
    later.answer_refresh(refreshed(2));
    assert!(is_signed_in(&later));
    // The browser of this page has stored nothing.
    let mut first = Tab::new();
    first.storage_is_full = true;
    first.boot();
    first.sign_in(token("shopper", STORE, 300.0, 0));
    assert!(is_signed_in(&first));
    assert_eq!((tab.notices.len(), first.notices.len()), (1, 1), "the user gets one notice");
}

#[test]
fn a_wrong_clock_signs_nobody_out_and_costs_one_refresh_at_most() {
    for jump in [6 * 3_600_000_i64, -6 * 3_600_000, 365 * 86_400_000, -365 * 86_400_000] {
        let mut tab = Tab::signed_in(300.0);
        tab.now.wall_ms = tab.now.wall_ms.saturating_add_signed(jump);
        tab.event(fusionauth_session::Event::Resumed(tab.stored()));
        let caller = tab.ask();
        while !tab.sent.is_empty() {
            tab.answer_refresh(refreshed(1));
        }
        assert!(tab.grant(caller).is_some());
        // A page opens with the changed clock and reads a record from before the change.
        let mut later = tab.reloaded();
        while !later.sent.is_empty() {
            later.answer_refresh(refreshed(2));
        }
        assert!(is_signed_in(&tab) && is_signed_in(&later));
        assert!(tab.refreshes <= 1 && later.refreshes <= 1, "at most one refresh because of the clock");
    }
}

#[test]
fn loading_is_left_within_ten_seconds() {
    let mut earlier = Tab::signed_in(300.0);
    earlier.pass(3_600_000);
    let mut tab = earlier.reloaded();
    tab.wait(10_000);
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { connection: Connection::Reconnecting, .. }));
}

#[test]
fn a_401_forces_one_refresh_although_the_token_looks_fresh() {
    let mut tab = Tab::signed_in(300.0);
    let first = tab.ask();
    let grant = tab.grant(first).unwrap();
    let second = tab.refused(grant);
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(second).is_some());
}

#[test]
fn a_401_for_a_token_that_was_replaced_causes_no_refresh() {
    let mut tab = Tab::signed_in(300.0);
    let first = tab.ask();
    let old = tab.grant(first).unwrap();
    tab.pass(250_000);
    tab.renew(1);
    let caller = tab.refused(old);
    assert!(tab.grant(caller).is_some());
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn tokens_that_are_over_when_they_arrive_cause_no_loop() {
    let mut tab = Tab::expired();
    let caller = tab.ask();
    tab.answer_refresh(RefreshAnswer::Refreshed(token("shopper", STORE, 0.0, 1)));
    assert!(tab.is_reconnecting(caller));
    for serial in 0..600 {
        tab.wait(1_000);
        if !tab.sent.is_empty() {
            tab.answer_refresh(RefreshAnswer::Refreshed(token("shopper", STORE, 0.0, serial)));
        }
    }
    assert!(tab.refreshes < 30, "{} refreshes in ten minutes", tab.refreshes);
}

#[test]
fn a_token_of_the_sibling_application_ends_the_session_as_displaced() {
    for foreign in [token("shopper", FORUMS, 300.0, 1), token("second", STORE, 300.0, 1)] {
        let mut tab = Tab::expired();
        let caller = tab.ask();
        tab.answer_refresh(RefreshAnswer::Refreshed(foreign));
        assert!(tab.is_signed_out(caller));
        assert_eq!(ended(&tab), Some(SignOutReason::Replaced));
        assert_eq!((tab.refreshes, tab.logouts), (1, 0), "one refresh, and no logout of the sibling's session");
    }
}
