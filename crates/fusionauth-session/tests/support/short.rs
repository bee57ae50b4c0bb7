//! Short helper functions that many tests use.

#![allow(dead_code, reason = "each test file uses its own part")]

use fusionauth_session::{RefreshAnswer, SessionState, SignOutReason};

pub(crate) fn refreshed(serial: u32) -> RefreshAnswer {
    RefreshAnswer::Refreshed(super::token("shopper", super::STORE, 300.0, serial))
}
pub(crate) fn unavailable(status: u16) -> RefreshAnswer {
    RefreshAnswer::Unavailable { status, retry_after_ms: None }
}
pub(crate) fn is_signed_in(tab: &super::Tab) -> bool {
    matches!(tab.machine.state(), SessionState::SignedIn { .. })
}
pub(crate) fn ended(tab: &super::Tab) -> Option<SignOutReason> {
    match tab.machine.state() {
        SessionState::SignedOut(cause) => *cause,
        SessionState::SignedIn { .. } | SessionState::Loading => None,
    }
}
