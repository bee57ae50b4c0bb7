//! The errors of a new password, and the rules beside its input.

use crate::{Design, Message, text_of};
use fusionauth_api::password::{PasswordRule, PasswordRules};
use std::iter;

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
                text_of!(D, "If you've already chosen a new password, you don't need it. Otherwise, request a new link."),
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
    /// The hints of a tenant's rules.
    pub fn of(rules: &PasswordRules) -> impl Iterator<Item = Self> + use<> {
        let optional =
            [(rules.require_mixed_case, Self::MixedCase), (rules.require_number, Self::Digit), (rules.require_non_alpha, Self::Symbol)];
        let optional = optional.into_iter().filter_map(|(is_required, hint)| is_required.then_some(hint));
        iter::once(Self::MinLength(rules.min_length)).chain(optional)
    }

    /// The rule in words.
    pub fn text<D: Design>(self) -> String {
        match self {
            Self::MinLength(characters) => text_of!(D, "At least {} characters", characters),
            Self::MixedCase => text_of!(D, "Uppercase and lowercase letters").to_owned(),
            Self::Digit => text_of!(D, "At least one digit").to_owned(),
            Self::Symbol => text_of!(D, "At least one symbol, such as ! or #").to_owned(),
        }
    }

    /// Whether a password meets the rule. The check recognises only ASCII letters, digits and symbols, because Unicode's tables would add
    /// kilobytes to a program in the browser. FusionAuth may therefore accept a password that breaks a rule here.
    pub fn is_met(self, password: &str) -> bool {
        let has = |is: fn(char) -> bool| password.chars().any(is);
        match self {
            Self::MinLength(characters) => password.chars().count() >= characters as usize,
            Self::MixedCase => has(|it| it.is_ascii_uppercase()) && has(|it| it.is_ascii_lowercase()),
            Self::Digit => has(|it| it.is_ascii_digit()),
            Self::Symbol => has(|it| it.is_ascii() && !it.is_ascii_alphanumeric()),
        }
    }
}

/// What to do about a new password that breaks this rule.
pub fn broken_rule_text<D: Design>(rule: PasswordRule) -> &'static str {
    match rule {
        PasswordRule::Blank => text_of!(D, "Enter a password."),
        PasswordRule::TooShort => text_of!(D, "Choose a longer password."),
        PasswordRule::TooLong => text_of!(D, "Choose a shorter password."),
        PasswordRule::MixedCase => text_of!(D, "Use both uppercase and lowercase letters."),
        PasswordRule::NonAlpha => text_of!(D, "Use at least one symbol, such as ! or #."),
        PasswordRule::Number => text_of!(D, "Use at least one digit."),
        PasswordRule::PreviouslyUsed => text_of!(D, "Choose a password you haven't used here before."),
        PasswordRule::TooYoung => text_of!(D, "You changed your password a moment ago. Wait a minute, then try again."),
        PasswordRule::ContainsLoginId => text_of!(D, "Choose a password that doesn't contain your email or name."),
        PasswordRule::Breached => text_of!(D, "This password appeared in a data breach. Choose another one."),
        PasswordRule::Other => text_of!(D, "You can't use this. Enter something else."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_checked_by_itself() {
        let all = PasswordRules { require_mixed_case: true, require_non_alpha: true, require_number: true, ..PasswordRules::default() };
        let met = |password: &str| PasswordHint::of(&all).map(|it| it.is_met(password)).collect::<Vec<_>>();
        assert_eq!(met(""), [false, false, false, false]);
        assert_eq!(met("abcdefgh"), [true, false, false, false]);
        assert_eq!(met("Ab"), [false, true, false, false]);
        assert_eq!(met("7"), [false, false, true, false]);
        assert_eq!(met("a b"), [false, false, false, true]);
        assert_eq!(met("Correct-7"), [true, true, true, true]);
        assert!(PasswordHint::of(&PasswordRules::default()).eq([PasswordHint::MinLength(8)]));
    }
}
