//! Short helper functions that many tests use.

use super::Tab;
use fusionauth_session::{CurrentUserAnswer, RefreshAnswer, SessionState, SignOutReason, TokenStorage, User};

/// Two tabs of one session.
pub(crate) fn two_tabs() -> (Tab, Tab) {
    let first = Tab::signed_in(300.0);
    let second = first.reloaded();
    (first, second)
}
pub(crate) fn refreshed(serial: u32) -> RefreshAnswer {
    RefreshAnswer::Refreshed(super::token("shopper", super::STORE, 300.0, serial))
}
pub(crate) fn unavailable(status: u16) -> RefreshAnswer {
    RefreshAnswer::Unavailable { status, retry_after_ms: None }
}
pub(crate) fn is_signed_in(tab: &Tab) -> bool {
    matches!(tab.machine.state(), SessionState::SignedIn { .. })
}
pub(crate) fn ended(tab: &Tab) -> Option<SignOutReason> {
    match tab.machine.state() {
        SessionState::SignedOut(cause) => *cause,
        SessionState::SignedIn { .. } | SessionState::Loading => None,
    }
}

/// The backend's answer that names the user "shopper".
pub(crate) fn known() -> CurrentUserAnswer {
    known_as("shopper")
}

pub(crate) fn known_as(id: &str) -> CurrentUserAnswer {
    CurrentUserAnswer::Known(user(id))
}

pub(crate) fn user(id: &str) -> User {
    User { id: id.to_owned(), email: None }
}

/// A tab with a session in cookies that has learned its user, "shopper".
pub(crate) fn in_cookies(token_storage: TokenStorage) -> Tab {
    let mut tab = Tab::open(token_storage);
    tab.answer_who_am_i(known());
    tab
}
