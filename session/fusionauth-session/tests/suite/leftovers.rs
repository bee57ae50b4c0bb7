//! When a session ends, its tab forgets the session's back-off, unconfirmed refusals, planned renewals and queued requests. They must not
//! affect the next session.

use crate::support::{
    STORE, Tab,
    short::{ended, in_cookies, is_signed_in, known, refreshed, two_tabs, unavailable},
    token,
};
use fusionauth_session::{
    CurrentUserAnswer, Event, LockState, LoginFailure, LogoutAnswer, OperationId, RefreshAnswer, SessionState, SignInAnswer, SignInId,
    SignOutReason, TokenStorage,
};

const RENEW_SOON_MS: u64 = 250_000;
const EXPIRED_MS: u64 = 400_000;

fn begin_sign_in(tab: &mut Tab) -> OperationId {
    tab.event(Event::SignInRequested(SignInId(99)));
    tab.sent.pop_back().expect("a sign-in request").0
}

fn answer_sign_in(tab: &mut Tab, operation: OperationId, answer: SignInAnswer) {
    tab.event(Event::SignInAnswered(operation, answer, tab.stored()));
}

fn issued(serial: u32) -> SignInAnswer {
    SignInAnswer::Issued(token("shopper", STORE, 300.0, serial))
}

/// Refreshes twice without the lock; FusionAuth refuses each time. The tab's next step would be to read storage and end the session.
fn refused_twice_without_the_lock(tab: &mut Tab) {
    tab.lock = LockState::Unavailable;
    tab.pass(EXPIRED_MS);
    tab.ask();
    tab.answer_refresh(RefreshAnswer::Refused);
    tab.wait(500);
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(is_signed_in(tab));
}

#[test]
fn a_sign_in_takes_back_what_was_queued_for_the_session_before() {
    let mut refresh = Tab::signed_in(300.0);
    let mut logout = Tab::signed_in(300.0);
    let mut question = Tab::open(TokenStorage::BackendCookies);
    question.answer_who_am_i(CurrentUserAnswer::Nobody);
    let operations = [&mut refresh, &mut logout, &mut question].map(begin_sign_in);

    refresh.pass(EXPIRED_MS);
    refresh.ask();
    logout.event(Event::SignOutRequested);
    question.hears_of(&in_cookies(TokenStorage::BackendCookies));

    for (mut tab, operation) in [refresh, logout, question].into_iter().zip(operations) {
        tab.lock_is_free = false;
        answer_sign_in(&mut tab, operation, issued(1));
        assert!(is_signed_in(&tab) && tab.wanted.is_none(), "the tab does not wait for a lock that it does not need");
    }
}

#[test]
fn a_sign_out_takes_back_what_was_queued_so_that_its_logout_goes_first() {
    let mut refresh = Tab::signed_in(300.0);
    let mut question = in_cookies(TokenStorage::BackendCookies);
    let caller = question.ask();
    let version = question.granted_version(caller).unwrap();
    let operations = [&mut refresh, &mut question].map(begin_sign_in);
    refresh.pass(EXPIRED_MS);
    refresh.ask();
    question.cookie_refused(version);

    for (mut tab, operation) in [refresh, question].into_iter().zip(operations) {
        tab.event(Event::SignOutRequested);
        tab.lock_is_free = false;
        answer_sign_in(&mut tab, operation, SignInAnswer::Failed(LoginFailure::InvalidCredentials));
        let operation = tab.wanted.take().expect("the logout waits for the lock");
        tab.event(Event::Locked(operation, LockState::Held, tab.stored(), tab.version));
        assert_eq!(tab.logouts, 1, "the tab uses the first lock for the logout");
    }
}

#[test]
fn who_has_just_signed_in_is_not_asked_for() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = Tab::open(token_storage);
        tab.answer_who_am_i(CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None });
        tab.sign_in(token("shopper", STORE, 300.0, 0));
        let caller = tab.ask();
        assert!(tab.granted_version(caller).is_some());
        tab.wait(60_000);
        assert_eq!(tab.who_am_is, 1);
    }
}

#[test]
fn a_renewal_that_was_refused_or_did_not_help_settles_that_nobody_is_there() {
    for (answer, questions) in [(RefreshAnswer::Refused, 1), (RefreshAnswer::Renewed, 2)] {
        let mut tab = Tab::open(TokenStorage::SharedDomainCookies);
        tab.answer_who_am_i(CurrentUserAnswer::Unauthorized);
        tab.answer_refresh(answer);
        if questions == 2 {
            tab.answer_who_am_i(CurrentUserAnswer::Unauthorized);
        }
        tab.wait(600_000);
        assert_eq!((tab.machine.state(), tab.refreshes, tab.who_am_is), (&SessionState::SignedOut(None), 1, questions));
    }
}

#[test]
fn callers_of_the_session_before_are_not_served_by_the_next() {
    let mut tab = Tab::expired();
    let caller = tab.ask();
    tab.answer_refresh(unavailable(500));
    assert!(!tab.settled.contains_key(&caller));
    tab.sign_in(token("second", STORE, 300.0, 0));
    assert!(tab.is_signed_out(caller));
}

/// A tab that has renewed without the lock sends its own logout when it learns of a sign-out, because another tab's logout may not have
/// included its new cookie. It need not do so after its own sign-in or logout, which has replaced that cookie.
#[test]
fn a_refresh_without_the_lock_is_forgotten_with_its_session() {
    for ends_by_sign_in in [true, false] {
        let mut tab = Tab::signed_in(300.0);
        tab.lock = LockState::Unavailable;
        tab.pass(EXPIRED_MS);
        tab.renew(1);
        tab.lock = LockState::Held;
        if ends_by_sign_in {
            tab.sign_in(token("shopper", STORE, 300.0, 2));
        } else {
            tab.sign_out();
        }
        let logouts = tab.logouts;
        let mut other = tab.reloaded();
        other.sign_in(token("shopper", STORE, 300.0, 3));
        tab.hears_of(&other);
        other.sign_out();
        tab.hears_of(&other);
        assert_eq!((is_signed_in(&tab), tab.logouts), (false, logouts), "the other tab's logout was confirmed");
    }
}

/// When a caller gets a token near its expiry, the tab renews the token in the background. If another event replaces the token first, the
/// tab forgets the renewal. It renews the next token only when a caller asks for it.
#[test]
fn a_renewal_in_the_background_is_forgotten_when_the_token_is_replaced() {
    let wanted = || {
        let mut tab = Tab::signed_in(300.0);
        tab.pass(RENEW_SOON_MS);
        tab
    };
    let mut by_sign_in = wanted();
    let operation = begin_sign_in(&mut by_sign_in);
    by_sign_in.ask();
    answer_sign_in(&mut by_sign_in, operation, issued(1));

    let mut by_renewal = wanted();
    let mut other = by_renewal.reloaded();
    by_renewal.lock_is_free = false;
    by_renewal.ask();
    other.renew(1);
    by_renewal.hears_of(&other);
    by_renewal.grant_lock();

    let mut by_another_sign_in = wanted();
    let mut other = by_another_sign_in.reloaded();
    by_another_sign_in.lock_is_free = false;
    by_another_sign_in.ask();
    other.sign_in(token("shopper", STORE, 300.0, 2));
    by_another_sign_in.hears_of(&other);
    by_another_sign_in.grant_lock();

    for mut tab in [by_sign_in, by_renewal, by_another_sign_in] {
        assert_eq!(tab.refreshes, 0);
        tab.pass(RENEW_SOON_MS);
        tab.event(Event::Hidden);
        assert_eq!(tab.refreshes, 0, "no caller has asked for the new token");
        tab.ask();
        assert_eq!(tab.refreshes, 1);
    }
}

#[test]
fn a_failed_renewal_in_the_background_is_not_repeated_until_somebody_asks() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(RENEW_SOON_MS);
    tab.ask();
    tab.answer_refresh(unavailable(500));
    tab.wait(20_000);
    assert_eq!(tab.refreshes, 1, "the token stays valid for thirty seconds");
    tab.ask();
    assert_eq!(tab.refreshes, 2);
}

/// Without the lock the tab does not treat a refusal as final: it refreshes again, then reads storage, then ends the session. A new token
/// resets this.
#[test]
fn a_doubt_of_the_token_before_ends_no_session() {
    let mut by_sign_in = Tab::signed_in(300.0);
    refused_twice_without_the_lock(&mut by_sign_in);
    by_sign_in.sign_in(token("shopper", STORE, 300.0, 1));

    let (mut by_renewal, mut other) = two_tabs();
    refused_twice_without_the_lock(&mut by_renewal);
    other.pass(EXPIRED_MS);
    other.renew(1);
    by_renewal.hears_of(&other);

    let (mut by_another_sign_in, mut other) = two_tabs();
    refused_twice_without_the_lock(&mut by_another_sign_in);
    other.pass(EXPIRED_MS);
    other.sign_in(token("shopper", STORE, 300.0, 2));
    by_another_sign_in.hears_of(&other);

    for mut tab in [by_sign_in, by_renewal, by_another_sign_in] {
        let before = tab.refreshes;
        tab.pass(EXPIRED_MS);
        tab.ask();
        assert!(is_signed_in(&tab), "FusionAuth never refused the new session");
        assert_eq!(tab.refreshes, before + 1);
    }
}

#[test]
fn a_refusal_is_doubted_again_after_each_renewal() {
    let mut tab = Tab::signed_in(300.0);
    tab.lock = LockState::Unavailable;
    for serial in 1..3 {
        tab.pass(EXPIRED_MS);
        tab.ask();
        let before = tab.refreshes;
        tab.answer_refresh(RefreshAnswer::Refused);
        tab.wait(500);
        assert_eq!(tab.refreshes, before + 1, "the tab refreshes again");
        tab.answer_refresh(refreshed(serial));
    }
    assert!(is_signed_in(&tab));

    let mut tab = in_cookies(TokenStorage::SharedDomainCookies);
    tab.lock = LockState::Unavailable;
    for _ in 0..2 {
        tab.ask_with_refused_cookie();
        let before = tab.refreshes;
        tab.answer_refresh(RefreshAnswer::Refused);
        tab.wait(500);
        assert_eq!(tab.refreshes, before + 1, "the tab refreshes again");
        tab.answer_refresh(RefreshAnswer::Renewed);
    }
    assert!(is_signed_in(&tab));
}

#[test]
fn the_back_off_of_one_logout_does_not_delay_the_next() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutRequested);
    tab.answer_logout(LogoutAnswer::Failed);
    tab.sign_in(token("shopper", STORE, 300.0, 1));
    tab.event(Event::SignOutRequested);
    assert_eq!(tab.logouts, 2);
}

#[test]
fn a_logout_that_failed_is_tried_again_and_its_back_off_ends_with_it() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutRequested);
    tab.answer_logout(LogoutAnswer::Failed);
    tab.wait(500);
    assert_eq!(tab.logouts, 2);
    tab.answer_logout(LogoutAnswer::Done);

    let mut other = tab.reloaded();
    other.sign_in(token("shopper", STORE, 300.0, 1));
    tab.hears_of(&other);
    other.event(Event::SignOutRequested);
    tab.hears_of(&other);
    assert_eq!(tab.logouts, 3, "the other tab's logout is not confirmed");
    tab.answer_logout(LogoutAnswer::Failed);
    tab.wait(500);
    assert_eq!(tab.logouts, 4, "the quick retries begin again");
}

#[test]
fn a_logout_is_tried_again_at_once_when_the_page_is_back() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutRequested);
    for _ in 0..4 {
        tab.answer_logout(LogoutAnswer::Failed);
        let before = tab.logouts;
        while tab.logouts == before && tab.timer.is_some_and(|it| it < tab.now.mono_ms + 2_000) {
            tab.wait(500);
        }
        if tab.sent.is_empty() {
            break;
        }
    }
    let before = tab.logouts;
    assert!(tab.sent.is_empty(), "the quick retries are used up");
    tab.event(Event::Resumed(tab.stored()));
    assert_eq!(tab.logouts, before + 1);
}

#[test]
fn a_late_cookie_is_revoked_without_news_of_an_old_sign_out() {
    for answer in [known(), CurrentUserAnswer::Unauthorized, CurrentUserAnswer::Unavailable { status: None, retry_after_ms: None }] {
        let mut tab = Tab::open(TokenStorage::SharedDomainCookies);
        let mut other = in_cookies(TokenStorage::SharedDomainCookies);
        other.sign_out();
        tab.hears_of(&other);
        tab.answer_who_am_i(answer);
        assert_eq!(tab.logouts, 1, "the answer may have set a cookie");
        assert_eq!(tab.machine.state(), &SessionState::SignedOut(None), "no user signed out on this page");
    }
}

#[test]
fn a_session_that_ends_by_the_last_look_at_storage_frees_the_lock() {
    let mut tab = Tab::signed_in(300.0);
    refused_twice_without_the_lock(&mut tab);
    tab.wait(2_000);
    assert_eq!((ended(&tab), tab.refreshes), (Some(SignOutReason::Expired), 2));
    assert!(tab.held.is_empty());
    tab.sign_in(token("shopper", STORE, 300.0, 1));
    assert!(is_signed_in(&tab), "the next request gets the lock");
}

#[test]
fn an_answer_to_an_earlier_request_counts_for_nothing() {
    let mut tab = Tab::expired();
    tab.ask();
    let (earlier, _) = tab.sent[0];
    tab.answer_refresh(refreshed(1));
    tab.pass(EXPIRED_MS);
    tab.ask();
    tab.event(Event::RefreshAnswered(earlier, RefreshAnswer::Refused, tab.stored()));
    assert!(is_signed_in(&tab));
    tab.answer_refresh(refreshed(2));
    assert_eq!(tab.refreshes, 2);
}
