//! What tests say often.

#![allow(dead_code, reason = "each test file uses its own part")]

use fusionauth_session::{EndCause, RefreshAnswer, View};

pub(crate) fn refreshed(serial: u32) -> RefreshAnswer {
    RefreshAnswer::Refreshed(super::token("shopper", super::STORE, 300.0, serial))
}
pub(crate) fn unavailable(status: u16) -> RefreshAnswer {
    RefreshAnswer::Unavailable { status, retry_after_ms: None }
}
pub(crate) fn is_signed_in(tab: &super::Tab) -> bool {
    matches!(tab.machine.view(), View::SignedIn { .. })
}
pub(crate) fn ended(tab: &super::Tab) -> Option<EndCause> {
    match tab.machine.view() {
        View::SignedOut(cause) => *cause,
        View::SignedIn { .. } | View::Loading => None,
    }
}
