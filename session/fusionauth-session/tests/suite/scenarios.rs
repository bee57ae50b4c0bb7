//! The session of a shopper in one tab. Each test covers one situation.

use crate::support::{
    FORUMS, STORE, Tab,
    short::{ended, is_signed_in, refreshed},
    token,
};
use fusionauth_session::{
    CallerId, Event, LoginFailure, LogoutAnswer, Notice, Request, SessionState, SessionToken, SignInAnswer, SignInId, SignOutReason,
    TokenStorage,
};

#[test]
fn a_first_visit_shows_the_form_and_sends_nothing() {
    let tab = Tab::open(TokenStorage::LocalStorage);
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(None));
    assert!(tab.sent.is_empty() && tab.storage.is_none() && tab.timer.is_none());
}

#[test]
fn a_token_for_another_application_signs_nobody_in() {
    let mut tab = Tab::open(TokenStorage::LocalStorage);
    let attempt = tab.sign_in(token("shopper", FORUMS, 300.0, 0));
    assert_eq!(tab.signed_in[&attempt], Err(LoginFailure::UnusableToken));
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(None));
    assert!(tab.storage.is_none());
}

#[test]
fn fifty_callers_with_an_expired_token_cause_one_refresh() {
    let mut tab = Tab::expired();
    let callers: Vec<u32> = (0..50).map(|_| tab.ask()).collect();
    assert_eq!(tab.refreshes, 1);
    assert!(tab.settled.is_empty(), "no caller gets an expired token");
    tab.answer_refresh(refreshed(1));
    let grants: Vec<SessionToken> = callers.iter().map(|it| tab.grant(*it).expect("a token")).collect();
    assert!(grants.iter().all(|it| it.token == token("shopper", STORE, 300.0, 1).token));
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn near_its_end_a_token_is_used_while_one_renewal_runs_behind() {
    let mut tab = Tab::signed_in(300.0);
    tab.pass(250_000);
    let callers: Vec<u32> = (0..20).map(|_| tab.ask()).collect();
    assert!(callers.iter().all(|it| tab.grant(*it).is_some()));
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(refreshed(1));
    assert_eq!(tab.views.len(), 2, "the state changes at a sign-in, and not at a renewal");
}

#[test]
fn a_session_without_a_usable_token_is_renewed_silently_at_boot() {
    for has_token in [true, false] {
        let mut earlier = Tab::expired();
        if let (Some((record, claims)), false) = (&mut earlier.storage, has_token) {
            record.session.as_mut().unwrap().token = None;
            *claims = None;
        }
        let mut tab = earlier.reloaded();
        assert_eq!((tab.machine.state(), tab.refreshes), (&SessionState::Loading, 1));
        tab.answer_refresh(refreshed(1));
        assert!(is_signed_in(&tab));
    }
}

#[test]
fn signing_out_offline_is_told_later_also_after_a_reload() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::SignOutRequested);
    tab.answer_logout(LogoutAnswer::Failed);
    let mut later = tab.reloaded();
    assert_eq!(later.machine.state(), &SessionState::SignedOut(None));
    assert_eq!(later.logouts, 1);
    later.answer_logout(LogoutAnswer::Done);
    assert_eq!(later.reloaded().logouts, 0);
}

#[test]
fn signing_out_during_a_refresh_drops_its_answer_and_logs_out_after_it() {
    let mut tab = Tab::expired();
    let caller = tab.ask();
    tab.event(Event::SignOutRequested);
    assert!(tab.is_signed_out(caller));
    assert_eq!(tab.logouts, 0, "the logout waits for the refresh, which may set a cookie");
    tab.answer_refresh(refreshed(1));
    assert_eq!((ended(&tab), tab.logouts), (Some(SignOutReason::UserRequest), 1));
    assert!(tab.storage.as_ref().unwrap().0.session.is_none());
}

#[test]
fn focus_with_a_fresh_token_is_no_event_and_no_request() {
    let mut tab = Tab::signed_in(300.0);
    let views = tab.views.len();
    for _ in 0..100 {
        tab.event(Event::Hidden);
        tab.event(Event::Resumed(tab.stored()));
    }
    assert_eq!((tab.views.len(), tab.refreshes, tab.timer), (views, 0, None));
}

#[test]
fn after_a_night_asleep_one_refresh_comes_before_any_request() {
    let mut tab = Tab::signed_in(300.0);
    tab.event(Event::Hidden);
    // The monotonic clock stops while the computer sleeps.
    tab.now.wall_ms += 8 * 3_600_000;
    tab.event(Event::Resumed(tab.stored()));
    let caller = tab.ask();
    assert!(tab.grant(caller).is_none());
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn blocked_storage_is_told_once_and_the_tab_works_on() {
    let mut tab = Tab::new();
    tab.storage_works = false;
    tab.boot();
    assert_eq!(tab.notices, [Notice::StorageUnavailable], "the notice comes before the first write");
    tab.sign_in(token("shopper", STORE, 300.0, 0));
    assert!(is_signed_in(&tab));
    tab.pass(400_000);
    let caller = tab.ask();
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(caller).is_some());
    assert_eq!(tab.notices, [Notice::StorageUnavailable]);
}

#[test]
fn a_caller_that_goes_away_wedges_nothing() {
    let mut tab = Tab::expired();
    let gone = tab.ask();
    let stays = tab.ask();
    tab.event(Event::CallerDropped(CallerId(gone)));
    tab.answer_refresh(refreshed(1));
    assert!(tab.grant(stays).is_some() && !tab.settled.contains_key(&gone));
}

#[test]
fn a_form_that_is_submitted_twice_sends_one_login() {
    let mut tab = Tab::open(TokenStorage::LocalStorage);
    tab.event(Event::SignInRequested(SignInId(1)));
    tab.event(Event::SignInRequested(SignInId(2)));
    let (operation, request) = tab.sent.pop_front().unwrap();
    assert_eq!(request, Request::SignIn(SignInId(1)));
    let answer = SignInAnswer::Failed(LoginFailure::InvalidCredentials);
    tab.event(Event::SignInAnswered(operation, answer, tab.stored()));
    assert!(tab.sent.is_empty(), "a second wrong password could lock the account");
    tab.event(Event::SignInRequested(SignInId(3)));
    assert_eq!(tab.sent.front().map(|it| it.1), Some(Request::SignIn(SignInId(3))), "the next attempt sends its own request");
}
