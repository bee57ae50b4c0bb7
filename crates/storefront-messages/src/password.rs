//! The errors of a new password, and the rules beside its input.

use crate::{Message, t};

/// Why a new password could not be requested or chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// The link is unknown, was used, or is too old.
    LinkExpired,
    /// The account has a second factor, which the link alone does not replace.
    SecondFactorRequired,
    /// This site can't send reset links.
    NotConfigured,
    /// Too many messages or attempts.
    TooManyAttempts,
    /// FusionAuth answered with an error, or not at all.
    Unavailable,
    /// FusionAuth's answer to the change is lost, so nobody knows which password is valid.
    MayHaveChanged,
}

impl PasswordError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        match self {
            Self::LinkExpired => Message::new(
                t!("This link is no longer valid."),
                t!("Reset links work once and expire after a few minutes. Request a new one."),
            ),
            Self::SecondFactorRequired => Message::new(
                t!("Two-factor authentication protects this account, so the link alone can't change its password."),
                t!("Sign in with your password and a code, or with a recovery code."),
            ),
            Self::NotConfigured => Message::new(t!("This site can't send reset links."), t!("Sign in with your password.")),
            Self::TooManyAttempts => Message::new(t!("Too many attempts."), t!("Wait a minute, then try again.")),
            Self::Unavailable => {
                Message::new(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
            }
            Self::MayHaveChanged => Message::new(
                t!("The sign-in service isn't responding right now."),
                t!("Your password may already have changed. Sign in with the new one; if that fails, choose it again."),
            ),
        }
    }
}

/// A password rule, as a hint beside the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordHint {
    /// At least this many characters.
    MinLength(u32),
    /// Uppercase and lowercase letters.
    MixedCase,
    /// A digit.
    Digit,
    /// A character that is neither a letter nor a digit.
    Symbol,
}

impl PasswordHint {
    /// The rule in words.
    pub fn text(self) -> String {
        match self {
            Self::MinLength(characters) => t!("At least {} characters", characters),
            Self::MixedCase => t!("Uppercase and lowercase letters").to_owned(),
            Self::Digit => t!("At least one digit").to_owned(),
            Self::Symbol => t!("At least one symbol, such as ! or #").to_owned(),
        }
    }
}
