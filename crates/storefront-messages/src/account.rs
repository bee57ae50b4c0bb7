//! The errors of the account pages.

use crate::{Message, texts};

/// Why an action on the account pages failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// This is not the current password.
    WrongPassword,
    /// The account has a second factor, so FusionAuth changes its password only after a mailed link.
    LinkNeeded,
    /// This site cannot send the code that verifies a new email.
    EmailUnavailable,
    /// The last sign-in is too old for a sensitive change without the password.
    PasswordNeeded,
    /// FusionAuth has not confirmed the end of a session.
    SessionNotEnded,
    /// FusionAuth answered with an error, or not at all.
    Unavailable,
}

impl AccountError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        texts::account_error(self)
    }
}
