//! Sessions in cookies that no script can read.

use crate::support::{
    STORE, Tab,
    short::{known_as, user},
    token,
};
use fusionauth_session::{
    CurrentUserAnswer, Event, LoginFailure, LogoutAnswer, RefreshAnswer, SessionState, SignInAnswer, SignInId, SignOutReason, TokenStorage,
    User,
};

fn signed_in(token_storage: TokenStorage) -> Tab {
    let mut tab = Tab::with(token_storage);
    tab.boot();
    tab.answer_who_am_i(known_as("shopper"));
    tab
}

#[test]
fn who_is_signed_in_is_asked_at_boot() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = Tab::with(token_storage);
        tab.boot();
        assert_eq!((tab.machine.state(), tab.who_am_is), (&SessionState::Loading, 1));
        tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        assert_eq!(tab.machine.state(), &SessionState::SignedOut(None));
        assert!(signed_in(token_storage).storage.unwrap().0.session.unwrap().token.is_none());
    }
}

#[test]
fn in_the_shared_domain_a_401_leads_to_one_refresh_and_one_replay() {
    let mut tab = signed_in(TokenStorage::SharedDomainCookies);
    let callers = [tab.ask(), tab.ask()];
    let refused = callers.map(|it| tab.granted_version(it).unwrap()).map(|it| tab.cookie_refused(it));
    assert_eq!(tab.refreshes, 1);
    tab.answer_refresh(RefreshAnswer::Renewed);
    assert!(refused.iter().all(|it| tab.granted_version(*it).is_some()));
    // A 401 to a request from before the renewal causes no second renewal.
    let late = tab.cookie_refused(tab.granted_version(callers[0]).unwrap());
    assert!(tab.granted_version(late).is_some());
    assert_eq!(tab.refreshes, 1);
}

#[test]
fn in_the_shared_domain_an_expired_token_at_boot_is_renewed_and_asked_again() {
    let mut tab = Tab::with(TokenStorage::SharedDomainCookies);
    tab.boot();
    tab.answer_who_am_i(CurrentUserAnswer::Unauthorized);
    assert_eq!(tab.machine.state(), &SessionState::Loading);
    tab.answer_refresh(RefreshAnswer::Renewed);
    tab.answer_who_am_i(known_as("shopper"));
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { .. }));
    assert_eq!((tab.refreshes, tab.who_am_is), (1, 2));
}

#[test]
fn in_the_shared_domain_a_renewal_that_does_not_help_is_no_loop() {
    let mut tab = Tab::with(TokenStorage::SharedDomainCookies);
    tab.boot();
    for _ in 0..600 {
        while let Some((_, request)) = tab.sent.front() {
            match request {
                fusionauth_session::Request::Refresh => tab.answer_refresh(RefreshAnswer::Renewed),
                _ => tab.answer_who_am_i(CurrentUserAnswer::Unauthorized),
            }
        }
        tab.wait(1_000);
    }
    assert!(tab.refreshes < 30, "{} refreshes in ten minutes", tab.refreshes);
}

#[test]
fn in_the_shared_domain_a_refused_refresh_ends_the_session() {
    let mut tab = signed_in(TokenStorage::SharedDomainCookies);
    let caller = tab.ask();
    let refused = tab.cookie_refused(tab.granted_version(caller).unwrap());
    tab.answer_refresh(RefreshAnswer::Refused);
    assert!(tab.is_signed_out(refused));
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Expired)));
}

#[test]
fn with_a_backend_no_refresh_leaves_the_browser() {
    let mut tab = signed_in(TokenStorage::BackendCookies);
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
        let mut tab = signed_in(TokenStorage::BackendCookies);
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
        let mut tab = signed_in(token_storage).reloaded_with(token_storage);
        tab.answer_who_am_i(known_as("second"));
        assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Replaced)));
    }
}

#[test]
fn a_pending_sign_out_is_notified_before_a_sign_in_is_requested() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = signed_in(token_storage);
        tab.event(fusionauth_session::Event::SignOutRequested);
        tab.answer_logout(LogoutAnswer::Failed);
        let mut later = tab.reloaded_with(token_storage);
        assert_eq!((later.machine.state(), later.logouts, later.who_am_is), (&SessionState::SignedOut(None), 1, 0));
        later.answer_logout(LogoutAnswer::Done);
        assert_eq!(later.machine.state(), &SessionState::SignedOut(None));
    }
}

#[test]
fn an_unreachable_backend_keeps_nobody_loading() {
    let mut tab = Tab::with(TokenStorage::BackendCookies);
    tab.boot();
    tab.wait(10_000);
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(None));
    tab.answer_who_am_i(known_as("shopper"));
    assert!(matches!(tab.machine.state(), SessionState::SignedIn { .. }));
}

#[test]
fn a_token_in_the_body_identifies_the_user_of_the_cookie_and_is_not_kept() {
    let mut tab = signed_in(TokenStorage::SharedDomainCookies);
    let caller = tab.ask();
    tab.cookie_refused(tab.granted_version(caller).unwrap());
    tab.answer_refresh(RefreshAnswer::Refreshed(token("second", STORE, 300.0, 1)));
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Replaced)));
}

#[test]
fn in_the_shared_domain_another_applications_cookies_end_the_session_as_displaced() {
    let mut tab = signed_in(TokenStorage::SharedDomainCookies);
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
fn a_backend_that_refuses_its_own_user_ends_no_session() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = signed_in(token_storage);
        let caller = tab.ask();
        let refused = tab.cookie_refused(tab.granted_version(caller).unwrap());
        match token_storage {
            TokenStorage::SharedDomainCookies => tab.answer_refresh(RefreshAnswer::Renewed),
            _ => tab.answer_who_am_i(known_as("shopper")),
        }
        let again = tab.cookie_refused_again(tab.granted_version(refused).unwrap());
        tab.answer_who_am_i(known_as("shopper"));
        assert!(tab.is_forbidden(again), "the caller gets the 401");
        assert!(matches!(tab.machine.state(), SessionState::SignedIn { .. }));
        assert!(tab.sent.is_empty());
    }
}

#[test]
fn in_the_shared_domain_a_session_without_its_access_cookie_is_renewed() {
    for (after, expected) in [(known_as("shopper"), None), (CurrentUserAnswer::Nobody, Some(SignOutReason::Replaced))] {
        let mut tab = signed_in(TokenStorage::SharedDomainCookies).reloaded_with(TokenStorage::SharedDomainCookies);
        tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        assert_eq!((tab.machine.state(), tab.refreshes), (&SessionState::Loading, 1));
        tab.answer_refresh(RefreshAnswer::Renewed);
        tab.answer_who_am_i(after);
        match tab.machine.state() {
            SessionState::SignedIn { .. } => assert_eq!(expected, None),
            view => assert_eq!(view, &SessionState::SignedOut(expected)),
        }
    }
    let mut tab = signed_in(TokenStorage::SharedDomainCookies).reloaded_with(TokenStorage::SharedDomainCookies);
    tab.answer_who_am_i(CurrentUserAnswer::Nobody);
    tab.answer_refresh(RefreshAnswer::Refused);
    assert_eq!(tab.machine.state(), &SessionState::SignedOut(Some(SignOutReason::Expired)));
}

#[test]
fn who_signed_in_in_another_tab_is_asked_for_their_address() {
    for token_storage in [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies] {
        let mut tab = Tab::with(token_storage);
        tab.boot();
        tab.answer_who_am_i(CurrentUserAnswer::Nobody);
        let other = signed_in(token_storage);
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
    let mut earlier = signed_in(TokenStorage::BackendCookies);
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
        let mut tab = Tab::with(token_storage);
        tab.boot();
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
