//! Why something on the account pages could not be done.

use crate::{Message, texts};

/// Why something on the account pages could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// This is not the present password.
    WrongPassword,
    /// The account has a second factor, and FusionAuth changes its password after a mailed link alone.
    LinkNeeded,
    /// This site cannot send the code that a new address needs.
    AddressFixed,
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
