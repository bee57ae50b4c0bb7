//! Answers to the request for the current user. Each of them arrives after another event, such as a sign-out in another tab.

use crate::support::{
    Tab,
    short::{ended, known_as, user},
};
use fusionauth_session::{CurrentUserAnswer, Event, Request, SessionState, SignInAnswer, SignInId, SignOutReason, TokenStorage};

const BY_COOKIE: [TokenStorage; 2] = [TokenStorage::SharedDomainCookies, TokenStorage::BackendCookies];

fn who(tab: &Tab) -> Option<&str> {
    match tab.machine.state() {
        SessionState::SignedIn { user, .. } => Some(&user.id),
        SessionState::Loading | SessionState::SignedOut(_) => None,
    }
}
fn sign_in(tab: &mut Tab, id: &str) {
    tab.event(Event::SignInRequested(SignInId(77)));
    let (operation, request) = tab.sent.pop_front().unwrap();
    assert_eq!(request, Request::SignIn(SignInId(77)));
    tab.event(Event::SignInAnswered(operation, SignInAnswer::Accepted(user(id)), tab.stored()));
}

/// A tab with a session, and a new tab that has requested the current user.
fn asking(token_storage: TokenStorage) -> (Tab, Tab) {
    let mut first = Tab::open(token_storage);
    first.answer_who_am_i(known_as("shopper"));
    let second = first.reloaded_with(token_storage);
    assert_eq!(second.who_am_is, 1);
    (first, second)
}

#[test]
fn an_answer_under_an_earlier_sign_in_is_about_nobody_here() {
    for token_storage in BY_COOKIE {
        let (mut first, mut second) = asking(token_storage);
        first.sign_out();
        sign_in(&mut first, "second");
        second.hears_of(&first);
        second.answer_who_am_i(known_as("shopper"));
        assert_eq!(ended(&second), None);
        second.answer_who_am_i(known_as("second"));
        assert_eq!((who(&second), ended(&second)), (Some("second"), None));
    }
}

#[test]
fn a_late_answer_is_told_to_fusionauth_if_it_may_have_set_a_cookie() {
    for (answer, logouts) in [(known_as("shopper"), 1), (CurrentUserAnswer::Nobody, 0)] {
        let (mut first, mut second) = asking(TokenStorage::BackendCookies);
        first.sign_out();
        second.hears_of(&first);
        second.answer_who_am_i(answer);
        assert_eq!((ended(&second), second.logouts), (Some(SignOutReason::UserRequest), logouts));
    }
}

/// The cookies are still valid, because the first tab has signed out, but waits for the lock before it sends the logout.
#[test]
fn nobody_is_found_signed_in_who_has_signed_out() {
    for token_storage in BY_COOKIE {
        let (mut first, mut second) = asking(token_storage);
        first.lock_is_free = false;
        first.event(Event::SignOutRequested);
        second.answer_who_am_i(known_as("shopper"));
        second.hears_of(&first);
        assert_eq!((who(&second), ended(&second)), (None, Some(SignOutReason::UserRequest)));
        let later = second.reloaded_with(token_storage);
        assert_eq!((who(&later), later.who_am_is, later.logouts), (None, 0, 1));
    }
}
