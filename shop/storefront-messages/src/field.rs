//! The errors of one input of the registration form or of the account page.

use crate::{Storefront, t};
use fusionauth_api::password::PasswordRule;
use fusionauth_forms::broken_rule_text;

/// The error of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldMessage {
    /// `email` is empty.
    EmailBlank,
    /// `email` is not an email.
    EmailNotAddress,
    /// `email` is the user's current email.
    EmailUnchanged,
    /// `password` breaks this rule.
    Password(PasswordRule),
    /// `displayName` is empty.
    DisplayNameBlank,
    /// `displayName` is too long.
    DisplayNameTooLong,
    /// `displayName` contains characters that are not allowed.
    DisplayNameInvalid,
    /// `displayName` has neither a letter nor a digit.
    DisplayNameWithoutLetter,
    /// A word of `displayName` has letters of several scripts, so it may imitate another word.
    DisplayNameMixed,
    /// `displayName` looks official, or has the form of the default names.
    DisplayNameReserved,
    /// Another user has this `displayName`.
    DisplayNameTaken,
    /// The input is invalid for another reason.
    Unusable,
}

impl FieldMessage {
    /// The `code` of a field error in a problem document.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmailBlank | Self::Password(PasswordRule::Blank) | Self::DisplayNameBlank => "blank",
            Self::EmailNotAddress => "not-email",
            Self::EmailUnchanged => "unchanged",
            Self::DisplayNameTaken => "taken",
            Self::Password(PasswordRule::TooShort) => "too-short",
            Self::Password(PasswordRule::TooLong) | Self::DisplayNameTooLong => "too-long",
            Self::Password(PasswordRule::MixedCase | PasswordRule::NonAlpha | PasswordRule::Number) => "too-simple",
            Self::Password(PasswordRule::PreviouslyUsed) => "used-before",
            Self::Password(PasswordRule::TooYoung) => "changed-recently",
            Self::Password(PasswordRule::ContainsLoginId) => "contains-login",
            Self::Password(PasswordRule::Breached) => "breached",
            Self::DisplayNameInvalid | Self::DisplayNameWithoutLetter | Self::DisplayNameMixed | Self::DisplayNameReserved => "invalid",
            Self::Password(PasswordRule::Other) | Self::Unusable => "invalid",
        }
    }

    /// The text that says what to do.
    pub fn text(self) -> &'static str {
        match self {
            Self::EmailBlank => t!("Enter your email address."),
            Self::EmailNotAddress => t!("Enter an email address, such as name@example.com."),
            Self::EmailUnchanged => t!("This is already your email."),
            Self::Password(rule) => broken_rule_text::<Storefront>(rule),
            Self::DisplayNameBlank => t!("Enter a display name."),
            Self::DisplayNameTooLong => t!("Choose a display name of up to 40 characters."),
            Self::DisplayNameInvalid => t!("Use only plain letters, digits and spaces in your display name."),
            Self::DisplayNameWithoutLetter => t!("Your display name needs a letter or a digit."),
            Self::DisplayNameMixed => t!("In each word of your display name, use the letters of one alphabet."),
            Self::DisplayNameReserved => t!("This display name is reserved. Choose another one."),
            Self::DisplayNameTaken => t!("Someone else has this display name. Choose another one."),
            Self::Unusable => broken_rule_text::<Storefront>(PasswordRule::Other),
        }
    }
}
