//! The errors of one input of the registration form or of the account page.

use crate::t;

/// The error of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldMessage {
    /// `email` is empty.
    EmailBlank,
    /// `email` is not an email.
    EmailNotAddress,
    /// `email` is the user's current email.
    EmailUnchanged,
    /// `password` is empty.
    PasswordBlank,
    /// `password` is too short.
    PasswordTooShort,
    /// `password` is too long.
    PasswordTooLong,
    /// `password` lacks an uppercase or a lowercase letter.
    PasswordNeedsMixedCase,
    /// `password` contains only letters and digits.
    PasswordNeedsSymbol,
    /// `password` has no digit.
    PasswordNeedsDigit,
    /// `password` was used before.
    PasswordUsedBefore,
    /// The current password was chosen a moment ago.
    PasswordChangedRecently,
    /// `password` contains the email, user name or phone number.
    PasswordContainsLogin,
    /// `password` is in a known data breach.
    PasswordBreached,
    /// `displayName` is empty.
    DisplayNameBlank,
    /// `displayName` is too long.
    DisplayNameTooLong,
    /// `displayName` contains characters that are not allowed, or has the form that is reserved for default names.
    DisplayNameInvalid,
    /// Another user has this `displayName`.
    DisplayNameTaken,
    /// The input is invalid for another reason.
    Unusable,
}

impl FieldMessage {
    /// The `code` of a field error in a problem document.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmailBlank | Self::PasswordBlank | Self::DisplayNameBlank => "blank",
            Self::EmailNotAddress => "not-email",
            Self::EmailUnchanged => "unchanged",
            Self::DisplayNameTaken => "taken",
            Self::PasswordTooShort => "too-short",
            Self::PasswordTooLong | Self::DisplayNameTooLong => "too-long",
            Self::PasswordNeedsMixedCase | Self::PasswordNeedsSymbol | Self::PasswordNeedsDigit => "too-simple",
            Self::PasswordUsedBefore => "used-before",
            Self::PasswordChangedRecently => "changed-recently",
            Self::PasswordContainsLogin => "contains-login",
            Self::PasswordBreached => "breached",
            Self::DisplayNameInvalid | Self::Unusable => "invalid",
        }
    }

    /// The text that says what to do.
    pub fn text(self) -> &'static str {
        match self {
            Self::EmailBlank => t!("Enter your email address."),
            Self::EmailNotAddress => t!("Enter an email address, such as name@example.com."),
            Self::EmailUnchanged => t!("This is already your email."),
            Self::PasswordBlank => t!("Enter a password."),
            Self::PasswordTooShort => t!("Choose a longer password."),
            Self::PasswordTooLong => t!("Choose a shorter password."),
            Self::PasswordNeedsMixedCase => t!("Use both uppercase and lowercase letters."),
            Self::PasswordNeedsSymbol => t!("Use at least one symbol, such as ! or #."),
            Self::PasswordNeedsDigit => t!("Use at least one digit."),
            Self::PasswordUsedBefore => t!("Choose a password you haven't used here before."),
            Self::PasswordChangedRecently => t!("You changed your password a moment ago. Wait a minute, then try again."),
            Self::PasswordContainsLogin => t!("Choose a password that doesn't contain your email or name."),
            Self::PasswordBreached => t!("This password appeared in a data breach. Choose another one."),
            Self::DisplayNameBlank => t!("Enter a display name."),
            Self::DisplayNameTooLong => t!("Choose a display name of up to 40 characters."),
            Self::DisplayNameInvalid => t!("Use only plain letters, digits and spaces in your display name."),
            Self::DisplayNameTaken => t!("Someone else has this display name. Choose another one."),
            Self::Unusable => t!("You can't use this. Enter something else."),
        }
    }
}
