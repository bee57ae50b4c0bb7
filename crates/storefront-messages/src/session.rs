//! The message on the sign-in page about how the session ended.

use crate::texts;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionMessage {
    /// The user signed out in this browser.
    SignedOut,
    /// The user signed out on every device.
    SignedOutEverywhere,
    /// The user signed out on every device, and FusionAuth has not confirmed yet that the other sessions are over.
    SignedOutHereOnly,
    /// The session expired.
    Expired,
    /// Another sign-in in the same browser replaced the session.
    Displaced,
    /// The page that the visitor asked for needs a sign-in.
    SignInFirst,
}

impl SessionMessage {
    /// The text.
    pub fn text(self) -> &'static str {
        texts::session(self)
    }
}
