//! The errors of a new password, and the rules beside its input.

use crate::{Message, texts};

/// Why a new password could not be requested or chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// The link is unknown, was used, or is too old.
    LinkExpired,
    /// The account has a second factor, which the link alone does not replace.
    SecondFactorRequired,
    /// This site sends no such messages.
    NotConfigured,
    /// Too many messages or attempts.
    TooManyAttempts,
    /// FusionAuth answered with an error, or not at all.
    Unavailable,
}

impl PasswordError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        texts::password_error(self)
    }
}

/// A password rule, as a hint beside the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordHint {
    /// At least this many characters.
    MinLength(u32),
    /// Capital and small letters.
    MixedCase,
    /// A digit.
    Digit,
    /// A character that is neither a letter nor a digit.
    Symbol,
}

impl PasswordHint {
    /// The rule in words.
    pub fn text(self) -> String {
        texts::password_hint(self)
    }
}
