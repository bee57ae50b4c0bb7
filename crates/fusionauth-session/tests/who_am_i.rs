//! Answers to the question whose the cookies are, that come when something else has happened.

mod support;

use fusionauth_session::{Carrier, EndCause, Event, LogoutAnswer, Request, SignInAnswer, SignInId, User, View, WhoAmIAnswer};
use support::{Tab, short::ended};

const BY_COOKIE: [Carrier; 2] = [Carrier::SharedDomainCookies, Carrier::BackendCookies];

fn user(id: &str) -> User {
    User { id: id.to_owned(), email: None }
}
fn known(id: &str) -> WhoAmIAnswer {
    WhoAmIAnswer::Known(user(id))
}
fn who(tab: &Tab) -> Option<&str> {
    match tab.machine.view() {
        View::SignedIn { user, .. } => Some(&user.id),
        View::Loading | View::SignedOut(_) => None,
    }
}
fn sign_in(tab: &mut Tab, id: &str) {
    tab.event(Event::SignInAsked(SignInId(77)));
    let (operation, request) = tab.sent.pop_front().unwrap();
    assert_eq!(request, Request::SignIn(SignInId(77)));
    tab.event(Event::SignInAnswered(operation, SignInAnswer::Accepted(user(id)), tab.stored()));
}

/// A tab with a session, and another one that has just been opened and asks whose the cookies are.
fn asking(carrier: Carrier) -> (Tab, Tab) {
    let mut first = Tab::with(carrier);
    first.boot();
    first.answer_who_am_i(known("shopper"));
    let second = first.reloaded_with(carrier);
    assert_eq!(second.who_am_is, 1);
    (first, second)
}

#[test]
fn an_answer_under_an_earlier_sign_in_is_about_nobody_here() {
    for carrier in BY_COOKIE {
        let (mut first, mut second) = asking(carrier);
        first.event(Event::SignOutAsked);
        first.answer_logout(LogoutAnswer::Done);
        sign_in(&mut first, "second");
        second.hears_of(&first);
        second.answer_who_am_i(known("shopper"));
        assert_eq!(ended(&second), None);
        second.answer_who_am_i(known("second"));
        assert_eq!((who(&second), ended(&second)), (Some("second"), None));
    }
}

#[test]
fn a_late_answer_is_told_to_fusionauth_if_it_may_have_set_a_cookie() {
    for (answer, logouts) in [(known("shopper"), 1), (WhoAmIAnswer::Nobody, 0)] {
        let (mut first, mut second) = asking(Carrier::BackendCookies);
        first.event(Event::SignOutAsked);
        first.answer_logout(LogoutAnswer::Done);
        second.hears_of(&first);
        second.answer_who_am_i(answer);
        assert_eq!((ended(&second), second.logouts), (Some(EndCause::SignedOut), logouts));
    }
}

#[test]
fn a_backend_that_knows_nobody_ends_the_session_as_expired() {
    let (_, mut second) = asking(Carrier::BackendCookies);
    second.answer_who_am_i(WhoAmIAnswer::Nobody);
    assert_eq!(ended(&second), Some(EndCause::Expired));
}

/// The cookies are still there, because FusionAuth has not heard of the sign-out yet.
#[test]
fn nobody_is_found_signed_in_who_has_signed_out() {
    for carrier in BY_COOKIE {
        let (mut first, mut second) = asking(carrier);
        first.lock_is_free = false;
        first.event(Event::SignOutAsked);
        second.answer_who_am_i(known("shopper"));
        second.hears_of(&first);
        assert_eq!((who(&second), ended(&second)), (None, Some(EndCause::SignedOut)));
        let later = second.reloaded_with(carrier);
        assert_eq!((who(&later), later.who_am_is, later.logouts), (None, 0, 1));
    }
}
