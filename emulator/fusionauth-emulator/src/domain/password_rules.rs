//! Which passwords a tenant allows (<https://fusionauth.io/docs/apis/tenants>, `passwordValidationRules`). An answer names every broken
//! rule at once, so that a form can show them all.

use crate::model::{PasswordValidationRules, User};
use fusionauth_api::errors::Errors;

/// Common passwords. FusionAuth compares with large lists of breached passwords, which is a paid feature. The emulator has only these few,
/// so that a client can receive the error code.
const COMMON: [&str; 8] = ["password", "12345678", "123456789", "password1", "qwertyuiop", "iloveyou", "11111111", "letmein123"];

/// Checks a new password of a user. `at` is the password's path in the request; error codes are `[rule]at`.
pub(crate) fn check(rules: &PasswordValidationRules, at: &str, password: Option<&str>, user: &User) -> Result<(), Errors> {
    let Some(password) = password.filter(|it| !it.is_empty()) else {
        return Err(error(at, "blank", "A password is required."));
    };
    let mut errors = Errors::default();
    for (is_broken, rule, message) in evaluate(rules, password, user) {
        if is_broken {
            errors.field_errors.entry(at.to_owned()).or_default().extend(error(at, rule, &message).field_errors.into_values().flatten());
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Whether the password is in the list of common ones.
pub(crate) fn is_common(password: &str) -> bool {
    COMMON.contains(&password.to_lowercase().as_str())
}

/// The error for one broken rule.
pub(crate) fn error(at: &str, rule: &str, message: &str) -> Errors {
    Errors::field(at, &format!("[{rule}]{at}"), message)
}

/// Each rule: whether the password breaks it, its name in error codes, and its text.
fn evaluate(rules: &PasswordValidationRules, password: &str, user: &User) -> [(bool, &'static str, String); 9] {
    let length = i64::try_from(password.chars().count()).unwrap_or(i64::MAX);
    let (lower, upper) = (password.chars().any(char::is_lowercase), password.chars().any(char::is_uppercase));
    let folded = password.to_lowercase();
    let contains =
        |text: Option<&str>| rules.disallow_user_login_id && text.is_some_and(|it| !it.is_empty() && folded.contains(&it.to_lowercase()));
    [
        (length < rules.min_length, "tooShort", format!("The password must have at least {} characters.", rules.min_length)),
        (length > rules.max_length, "tooLong", format!("The password must have at most {} characters.", rules.max_length)),
        (
            rules.require_mixed_case && !(lower && upper),
            "singleCase",
            "The password must have an upper-case and a lower-case letter.".to_owned(),
        ),
        (
            rules.require_non_alpha && password.chars().all(char::is_alphanumeric),
            "onlyAlpha",
            "The password must have a character that is neither a letter nor a digit.".to_owned(),
        ),
        (
            rules.require_number && !password.chars().any(|it| it.is_ascii_digit()),
            "requireNumber",
            "The password must have a digit.".to_owned(),
        ),
        (contains(user.email.as_deref()), "containsEmail", "The password must not contain the email address.".to_owned()),
        (contains(user.username.as_deref()), "containsUsername", "The password must not contain the user name.".to_owned()),
        (contains(user.phone_number.as_deref()), "containsPhoneNumber", "The password must not contain the phone number.".to_owned()),
        (rules.breach_detection.enabled && is_common(password), "breachedCommonPassword", "This password is too common.".to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_broken_rule_is_named() {
        let strict = json!({"minLength": 10, "maxLength": 12, "requireMixedCase": true, "requireNonAlpha": true, "requireNumber": true});
        let rows: [(Value, &str, &[&str]); 14] = [
            (json!({}), "", &["blank"]),
            (json!({}), "1234567", &["tooShort"]),
            (json!({}), "12345678", &[]),
            (json!({}), "päßwörte", &[]),
            (json!({}), &"a".repeat(256), &[]),
            (json!({}), &"a".repeat(257), &["tooLong"]),
            (strict.clone(), "abc", &["tooShort", "singleCase", "onlyAlpha", "requireNumber"]),
            (strict.clone(), "Abcdefg-1234567", &["tooLong"]),
            (strict.clone(), "Abcdefg-123", &[]),
            (strict, "Abcdefg1234", &["onlyAlpha"]),
            (json!({"disallowUserLoginId": true}), "xx-ANN@shop.test", &["containsEmail"]),
            (json!({"disallowUserLoginId": true}), "annie-123456", &["containsUsername"]),
            (json!({"disallowUserLoginId": true}), "+4930123456-x", &["containsPhoneNumber"]),
            (json!({"breachDetection": {"enabled": true}}), "PassWord", &["breachedCommonPassword"]),
        ];
        let mut user = User::default();
        (user.email, user.username) = (Some("ann@shop.test".to_owned()), Some("Annie".to_owned()));
        user.phone_number = Some("+4930123456".to_owned());
        for (rules, password, expected) in rows {
            let errors =
                check(&serde_json::from_value(rules.clone()).unwrap(), "password", Some(password), &user).err().unwrap_or_default();
            let codes: Vec<_> = errors.field_errors.into_values().flatten().map(|it| it.code).collect();
            let expected: Vec<_> = expected.iter().map(|it| format!("[{it}]password")).collect();
            assert_eq!(codes, expected, "{rules} {password}");
        }
    }
}
