//! Sessions in cookies that no script can read.

use crate::support::{
    STORE, Tab,
    short::{in_cookies, known_as, user},
    token,
};
use fusionauth_session::{
    CurrentUserAnswer, Event, LoginFailure, RefreshAnswer, SessionState, SignInAnswer, SignInId, SignOutReason, TokenStorage, User,
};

#[test]
fn in_the_shared_domain_a_refused_refresh_ends_the_session() {
    let mut tab = in_cookies(TokenStorage::SharedDomainCookies);
    let refused = tab.ask_with_refused_cookie();
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(tab.is_signed_out(refused));
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Expired)));
}

#[test]
fn with_a_backend_no_refresh_leaves_the_browser() {
    let mut tab = in_cookies(TokenStorage::BackendCookies);
    for answer in [known_as("shopper"), CurrentUserAnswer::Unauthorized] {
        let caller = tab.ask();
        let asked = tab.who_am_is;
        let refused = tab.cookie_refused(tab.granted_version(caller).unwrap());
        assert_eq!(tab.who_am_is, asked + 1, "one request for the current user");
        let session_continues = matches!(answer, CurrentUserAnswer::Known(_));
        tab.answer_who_am_i(answer);
        assert_eq!(tab.granted_version(refused).is_some(), session_continues);
        assert_eq!(tab.is_signed_out(refused), !session_continues);
    }
    assert_eq!(tab.refreshes, 0);
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Expired)));
}

/// The backend has already renewed if it could, so 404 means that the session is over. No other application shares these cookies.
#[test]
fn with_a_backend_a_401_and_then_a_404_end_the_session_as_expired() {
    for is_replay in [false, true] {
        let mut tab = in_cookies(TokenStorage::BackendCookies);
        let caller = tab.ask();
        let mut refused = tab.cookie_refused(tab.granted_version(caller).unwrap());
        if is_replay {
            tab.answer_who_am_i(known_as("shopper"));
            refused = tab.cookie_refused_again(tab.granted_version(refused).unwrap());
        }
        tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        assert!(tab.is_signed_out(refused));
        assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Expired)));
    }
}

#[test]
fn another_user_behind_the_cookie_displaces_the_session() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = in_cookies(token_storage).reloaded_with(token_storage);
        tab.answer_who_am_i(known_as("second"));
        assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Replaced)));
    }
}

#[test]
fn a_token_in_the_body_identifies_the_user_of_the_cookie_and_is_not_kept() {
    let mut tab = in_cookies(TokenStorage::SharedDomainCookies);
    tab.ask_with_refused_cookie();
    tab.answer_refresh(RefreshAnswer::Refreshed(token("second", STORE, 300.0, 1)));
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Replaced)));
}

#[test]
fn in_the_shared_domain_another_applications_cookies_end_the_session_as_displaced() {
    let mut tab = in_cookies(TokenStorage::SharedDomainCookies);
    let callers = [tab.ask(), tab.ask()];
    let versions = callers.map(|it| tab.granted_version(it).unwrap());
    let refused = versions.map(|it| tab.cookie_refused(it));
    tab.answer_refresh(RefreshAnswer::Renewed);
    let renewed = refused.map(|it| tab.granted_version(it).unwrap());
    let again = renewed.map(|it| tab.cookie_refused_again(it));
    assert_eq!((tab.refreshes, tab.who_am_is), (1, 2), "no second refresh, one request for the user");
    tab.answer_who_am_i(CurrentUserAnswer::Nobody);
    assert!(again.iter().all(|it| tab.is_signed_out(*it)));
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Replaced)));
    assert_eq!(tab.logouts, 0, "the other application stays signed in");
}

#[test]
fn in_the_shared_domain_a_session_without_its_access_cookie_is_renewed() {
    for (after, expected) in [(known_as("shopper"), None), (CurrentUserAnswer::Nobody, Some(SignOutReason::Replaced))] {
        let mut tab = in_cookies(TokenStorage::SharedDomainCookies).reloaded_with(TokenStorage::SharedDomainCookies);
        tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        assert_eq!((tab.machine.state(), tab.refreshes), (&SessionState::Loading, 1));
        tab.answer_refresh(RefreshAnswer::Renewed);
        tab.answer_who_am_i(after);
        match tab.machine.state() {
            SessionState::SignedIn { .. } => assert_eq!(expected, None),
            view => assert_eq!(view, &SessionState::SignedOut(expected)),
        }
    }
    let mut tab = in_cookies(TokenStorage::SharedDomainCookies).reloaded_with(TokenStorage::SharedDomainCookies);
    tab.answer_who_am_i(CurrentUserAnswer::Nobody);
    tab.answer_refresh(RefreshAnswer::Refused);
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Expired)));
}

#[test]
fn who_signed_in_in_another_tab_is_asked_for_their_address() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = Tab::open(token_storage);
        tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        let other = in_cookies(token_storage);
        tab.hears_of(&other);
        assert!(matches!(tab.machine.state(), SessionState::SignedIn { user, .. } if user.email.is_none()));
        let named = User { email: Some("shopper@example.com".to_owned()), ..user("shopper") };
        tab.answer_who_am_i(CurrentUserAnswer::Known(named.clone()));
        assert!(matches!(tab.machine.state(), SessionState::SignedIn { user, .. } if *user == named));
        assert!(tab.storage == other.storage, "the tab writes nothing new");
    }
}

#[test]
fn callers_learn_when_nobody_can_tell_who_is_signed_in() {
    let mut earlier = in_cookies(TokenStorage::BackendCookies);
    let caller = earlier.ask();
    assert!(earlier.granted_version(caller).is_some());
    let mut tab = earlier.reloaded_with(TokenStorage::BackendCookies);
    let caller = tab.ask();
    for pause in [500, 1_500] {
        tab.answer_who_am_i(CurrentUserAnswer::Unavailable { status: Some(500), retry_after_ms: None });
        tab.wait(pause);
        assert!(!tab.settled.contains_key(&caller));
    }
    tab.answer_who_am_i(CurrentUserAnswer::Unavailable { status: Some(500), retry_after_ms: None });
    assert!(tab.is_reconnecting(caller), "the caller gets an error long before its ten seconds are over");
}

#[test]
fn a_sign_in_without_a_token_is_one_where_cookies_carry_the_session() {
    for token_storage in [TokenStorage::LocalStorage, TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = Tab::open(token_storage);
        if token_storage != TokenStorage::LocalStorage {
            tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        }
        tab.event(Event::SignInRequested(SignInId(9)));
        let (operation, _) = tab.sent.pop_front().unwrap();
        tab.event(Event::SignInAnswered(operation, SignInAnswer::Accepted(user("shopper")), tab.stored()));
        let signs_in = token_storage != TokenStorage::LocalStorage;
        assert_eq!(tab.signed_in[&9], if signs_in { Ok(()) } else { Err(LoginFailure::UnusableToken) });
        assert_eq!(matches!(tab.machine.state(), SessionState::SignedIn { .. }), signs_in);
        let caller = tab.ask();
        assert_eq!(tab.granted_version(caller).is_some(), signs_in);
    }
}
