//! The texts about a sign-in with a passkey.

use crate::{Design, Message, text_of};

/// Why a user could not sign in with a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeySignInError {
    /// The user cancelled, the time ran out, or the browser has no passkey of this account. Browsers do not distinguish these cases.
    NotUsed,
    /// FusionAuth has rejected the passkey.
    NotAccepted,
}

impl PasskeySignInError {
    /// What happened, and what to do.
    pub fn message<D: Design>(self) -> Message {
        match self {
            Self::NotUsed => Message::new(
                text_of!(D, "We couldn't sign you in with a passkey."),
                text_of!(D, "Try again, or sign in with your password."),
            ),
            Self::NotAccepted => Message::new(
                text_of!(D, "This passkey no longer works here."),
                text_of!(D, "Sign in with your password. You can add a passkey on your account page."),
            ),
        }
    }
}
