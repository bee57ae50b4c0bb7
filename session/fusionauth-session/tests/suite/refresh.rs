//! Answers to a refresh that are late, follow those of another tab, or have an unexpected form. After a failed refresh, two quick retries
//! follow after 500 and 1,500 ms.

use crate::support::{
    STORE, Tab,
    short::{ended, is_signed_in, known, refreshed, two_tabs, unavailable},
    token,
};
use fusionauth_session::{CallerId, Event, LockState, OperationId, RefreshAnswer, Request, SessionVersion, SignInId, TokenStorage};

/// Two tabs with an expired token; the second has a refresh under way.
fn asking() -> (Tab, Tab) {
    let (mut first, mut second) = two_tabs();
    first.pass(400_000);
    second.pass(400_000);
    second.ask();
    (first, second)
}

#[test]
fn an_answer_under_an_earlier_sign_in_changes_nothing() {
    for (answer, user) in [(refreshed(1), "shopper"), (RefreshAnswer::Refused, "shopper"), (refreshed(1), "second")] {
        let (mut first, mut second) = asking();
        first.sign_out();
        first.sign_in(token(user, STORE, 300.0, 5));
        second.hears_of(&first);
        second.answer_refresh(answer);
        let caller = second.ask();
        assert!(second.grant(caller).unwrap().token == token(user, STORE, 300.0, 5).token);
    }
}

#[test]
fn a_token_of_an_earlier_sign_in_is_not_used_even_where_the_newer_one_is_over() {
    for user in ["shopper", "second"] {
        let (mut first, mut second) = asking();
        first.sign_out();
        first.sign_in(token(user, STORE, 300.0, 5));
        second.hears_of(&first);
        second.pass(400_000);
        second.answer_refresh(refreshed(1));
        let caller = second.ask();
        assert!(second.grant(caller).is_none() && is_signed_in(&second));
        assert_eq!(second.refreshes, 2, "the tab refreshes for a token of its own sign-in");
    }
}

#[test]
fn a_late_answer_is_told_to_fusionauth_if_it_may_have_set_a_cookie() {
    for (answer, logouts) in [(refreshed(1), 1), (RefreshAnswer::NoAnswer, 1), (RefreshAnswer::Refused, 0)] {
        let (mut first, mut second) = asking();
        first.sign_out();
        second.hears_of(&first);
        second.answer_refresh(answer);
        assert_eq!(second.logouts, logouts);
    }
}

#[test]
fn with_locks_a_tab_that_renewed_leaves_a_sign_out_to_the_tab_that_told_it() {
    let (mut first, mut second) = asking();
    second.answer_refresh(refreshed(1));
    first.hears_of(&second);
    first.sign_out();
    second.hears_of(&first);
    assert_eq!((first.logouts, second.logouts), (1, 0));
}

#[test]
fn another_tabs_renewal_is_kept_as_long_as_it_is_good() {
    for (later_ms, serial) in [(0, 7), (400_000, 1)] {
        let (mut first, mut second) = asking();
        first.renew(7);
        second.hears_of(&first);
        second.pass(later_ms);
        second.answer_refresh(refreshed(1));
        let caller = second.ask();
        assert!(second.grant(caller).unwrap().token == token("shopper", STORE, 300.0, serial).token);
    }
}

#[test]
fn a_refusal_under_the_lock_ends_nothing_that_another_tab_has_renewed() {
    let (mut first, mut second) = asking();
    first.renew(7);
    second.storage = first.storage.clone();
    second.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&second));
    assert_eq!(ended(&second), None);
}

#[test]
fn a_token_in_the_body_is_not_kept_where_cookies_carry_it() {
    let mut tab = Tab::open(TokenStorage::SharedDomainCookies);
    tab.answer_who_am_i(known());
    let refused = tab.ask_with_refused_cookie();
    tab.answer_refresh(refreshed(1));
    assert!(tab.granted_version(refused).is_some());
    assert!(tab.storage.unwrap().0.session.unwrap().token.is_none());
}

#[test]
fn a_busy_server_is_given_a_minute_and_any_that_asks_what_it_asks_for() {
    let asked = |status, retry_after_ms| RefreshAnswer::Unavailable { status, retry_after_ms };
    for (answer, pause_ms) in [(unavailable(503), 60_000), (unavailable(429), 60_000), (asked(500, Some(30_000)), 30_000)] {
        let (_, mut tab) = asking();
        tab.answer_refresh(answer);
        tab.wait(pause_ms - 1);
        let caller = tab.ask();
        assert!(tab.is_reconnecting(caller));
        assert_eq!(tab.refreshes, 1);
        tab.wait(1);
        assert_eq!(tab.refreshes, 2);
    }
}

#[test]
fn a_token_that_is_over_is_renewed_for_somebody_only() {
    let mut tab = Tab::expired();
    tab.event(Event::CallerDropped(CallerId(99)));
    assert_eq!((tab.refreshes, tab.timer), (0, None));
}

#[test]
fn a_hidden_tab_retries_for_its_callers() {
    let (_, mut tab) = asking();
    tab.event(Event::Hidden);
    tab.answer_refresh(RefreshAnswer::NoAnswer);
    tab.wait(500);
    assert_eq!(tab.refreshes, 2);
}

#[test]
fn a_lock_that_nobody_asked_for_sends_nothing() {
    let (_, mut tab) = asking();
    let (under_way, _) = tab.sent[0];
    for id in [under_way, OperationId(999)] {
        tab.event(Event::Locked(id, LockState::Held, tab.stored(), SessionVersion::default()));
    }
    assert_eq!((tab.refreshes, tab.sent.len()), (1, 1));
}

/// Answers this many refreshes within as many milliseconds, each after a 401, and begins one more.
fn after_refreshes(count: u32) -> (Tab, u32) {
    let mut tab = Tab::signed_in(300.0);
    for serial in 0..=count {
        let caller = tab.ask();
        let refused = tab.refused(tab.grant(caller).unwrap());
        if serial == count {
            return (tab, refused);
        }
        tab.answer_refresh(refreshed(serial + 1));
        tab.pass(1);
    }
    unreachable!("the last one is returned")
}

#[test]
fn the_last_refresh_before_the_breaker_is_waited_for() {
    let (mut tab, caller) = after_refreshes(9);
    let other = tab.ask();
    assert!(!tab.settled.contains_key(&caller) && !tab.settled.contains_key(&other));
    tab.answer_refresh(refreshed(99));
    assert!(tab.grant(caller).is_some() && tab.grant(other).is_some());
}

#[test]
fn a_refusal_is_doubted_after_the_tab_was_frozen() {
    let (_, mut tab) = asking();
    tab.event(Event::Resumed(tab.stored()));
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(&tab), "another tab may have refreshed without the lock");
    tab.wait(500);
    assert_eq!(tab.refreshes, 2);
}

#[test]
fn a_sign_in_that_waits_outlasts_a_sign_out() {
    let (_, mut tab) = asking();
    tab.event(Event::SignInRequested(SignInId(9)));
    tab.event(Event::SignOutRequested);
    tab.answer_refresh(RefreshAnswer::NoAnswer);
    assert!(tab.sent.iter().any(|it| it.1 == Request::SignIn(SignInId(9))));
}
