//! The texts about a sign-in without a password.

use crate::{Design, Message, text_of};

/// Why a user could not sign in without a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordlessError {
    /// The code is wrong, was used, or has expired. FusionAuth does not say which.
    CodeRefused,
    /// The link is wrong, was used, or has expired. FusionAuth does not say which.
    LinkRefused,
    /// This site can't send codes.
    NotConfigured,
}

impl PasswordlessError {
    /// What happened, and what to do.
    pub fn message<D: Design>(self) -> Message {
        match self {
            Self::CodeRefused => Message::new(
                text_of!(D, "That code is wrong or has expired."),
                text_of!(D, "Request another code, then enter the new one."),
            ),
            Self::LinkRefused => Message::new(
                text_of!(D, "This link is no longer valid."),
                text_of!(D, "Links and codes work once and then expire. Request another email."),
            ),
            Self::NotConfigured => {
                Message::new(text_of!(D, "This site can't send codes to sign in with."), text_of!(D, "Sign in with your password."))
            }
        }
    }
}
