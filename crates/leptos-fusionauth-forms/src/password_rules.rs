//! Checks which of the tenant's rules a password meets, and has the error for each rule that FusionAuth finds broken. These functions
//! neither render nor send. FusionAuth makes the final decision about a password.

use fusionauth_forms::{NewPasswordError, PasswordHint};
use leptos_fusionauth::{PasswordRule, PasswordRules};

/// The hint for each rule, and whether `password` meets the rule. The check recognises only ASCII letters, digits and symbols, because
/// Unicode's tables would add kilobytes to the wasm. FusionAuth may therefore accept a password that breaks a rule here.
pub(super) fn checked(rules: &PasswordRules, password: &str) -> Vec<(PasswordHint, bool)> {
    let has = |is: fn(char) -> bool| password.chars().any(is);
    let length = password.chars().count();
    let mut checked = vec![(PasswordHint::MinLength(rules.min_length), length >= rules.min_length as usize)];
    if rules.require_mixed_case {
        checked.push((PasswordHint::MixedCase, has(|it| it.is_ascii_uppercase()) && has(|it| it.is_ascii_lowercase())));
    }
    if rules.require_number {
        checked.push((PasswordHint::Digit, has(|it| it.is_ascii_digit())));
    }
    if rules.require_non_alpha {
        checked.push((PasswordHint::Symbol, has(|it| it.is_ascii() && !it.is_ascii_alphanumeric())));
    }
    checked
}

/// The error of a password that breaks this rule.
pub(super) fn error(rule: PasswordRule) -> NewPasswordError {
    match rule {
        PasswordRule::Blank => NewPasswordError::Blank,
        PasswordRule::TooShort => NewPasswordError::TooShort,
        PasswordRule::TooLong => NewPasswordError::TooLong,
        PasswordRule::MixedCase => NewPasswordError::NeedsMixedCase,
        PasswordRule::NonAlpha => NewPasswordError::NeedsSymbol,
        PasswordRule::Number => NewPasswordError::NeedsDigit,
        PasswordRule::PreviouslyUsed => NewPasswordError::UsedBefore,
        PasswordRule::TooYoung => NewPasswordError::ChangedRecently,
        PasswordRule::ContainsLoginId => NewPasswordError::ContainsLogin,
        PasswordRule::Breached => NewPasswordError::Breached,
        PasswordRule::Other => NewPasswordError::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_checked_by_itself() {
        let all = PasswordRules { require_mixed_case: true, require_non_alpha: true, require_number: true, ..PasswordRules::default() };
        let kept = |password: &str| checked(&all, password).iter().map(|(_, is_kept)| *is_kept).collect::<Vec<_>>();
        assert_eq!(kept(""), [false, false, false, false]);
        assert_eq!(kept("abcdefgh"), [true, false, false, false]);
        assert_eq!(kept("Ab"), [false, true, false, false]);
        assert_eq!(kept("7"), [false, false, true, false]);
        assert_eq!(kept("a b"), [false, false, false, true]);
        assert_eq!(kept("Correct-7"), [true, true, true, true]);
        assert_eq!(checked(&PasswordRules::default(), "12345678"), [(PasswordHint::MinLength(8), true)]);
    }
}
