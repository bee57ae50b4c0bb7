//! The errors of a new password, and the rules beside its input.

use crate::{Design, Message, text_of};

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
    pub fn message<D: Design>(self) -> Message {
        match self {
            Self::LinkExpired => Message::new(
                text_of!(D, "This link is no longer valid."),
                text_of!(D, "Reset links work once and expire after a few minutes. Request a new one."),
            ),
            Self::SecondFactorRequired => Message::new(
                text_of!(D, "Two-factor authentication protects this account, so the link alone can't change its password."),
                text_of!(D, "Sign in with your password and a code, or with a recovery code."),
            ),
            Self::NotConfigured => {
                Message::new(text_of!(D, "This site can't send reset links."), text_of!(D, "Sign in with your password."))
            }
            Self::TooManyAttempts => Message::new(text_of!(D, "Too many attempts."), text_of!(D, "Wait a minute, then try again.")),
            Self::Unavailable => Message::new(
                text_of!(D, "The sign-in service isn't responding right now."),
                text_of!(D, "Nothing was lost. Try again in a moment."),
            ),
            Self::MayHaveChanged => Message::new(
                text_of!(D, "The sign-in service isn't responding right now."),
                text_of!(D, "Your password may already have changed. Sign in with the new one; if that fails, choose it again."),
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
    pub fn text<D: Design>(self) -> String {
        match self {
            Self::MinLength(characters) => text_of!(D, "At least {} characters", characters),
            Self::MixedCase => text_of!(D, "Uppercase and lowercase letters").to_owned(),
            Self::Digit => text_of!(D, "At least one digit").to_owned(),
            Self::Symbol => text_of!(D, "At least one symbol, such as ! or #").to_owned(),
        }
    }
}

/// Why FusionAuth refuses a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPasswordError {
    /// The password is empty.
    Blank,
    /// The password is too short.
    TooShort,
    /// The password is too long.
    TooLong,
    /// The password lacks an uppercase or a lowercase letter.
    NeedsMixedCase,
    /// The password contains only letters and digits.
    NeedsSymbol,
    /// The password has no digit.
    NeedsDigit,
    /// The password was used before.
    UsedBefore,
    /// The current password was chosen a moment ago.
    ChangedRecently,
    /// The password contains the email, user name or phone number.
    ContainsLogin,
    /// The password is in a known data breach.
    Breached,
    /// The password breaks a rule that this crate does not know.
    Other,
}

impl NewPasswordError {
    /// The text that says what to do.
    pub fn text<D: Design>(self) -> &'static str {
        match self {
            Self::Blank => text_of!(D, "Enter a password."),
            Self::TooShort => text_of!(D, "Choose a longer password."),
            Self::TooLong => text_of!(D, "Choose a shorter password."),
            Self::NeedsMixedCase => text_of!(D, "Use both uppercase and lowercase letters."),
            Self::NeedsSymbol => text_of!(D, "Use at least one symbol, such as ! or #."),
            Self::NeedsDigit => text_of!(D, "Use at least one digit."),
            Self::UsedBefore => text_of!(D, "Choose a password you haven't used here before."),
            Self::ChangedRecently => text_of!(D, "You changed your password a moment ago. Wait a minute, then try again."),
            Self::ContainsLogin => text_of!(D, "Choose a password that doesn't contain your email or name."),
            Self::Breached => text_of!(D, "This password appeared in a data breach. Choose another one."),
            Self::Other => text_of!(D, "You can't use this. Enter something else."),
        }
    }
}
