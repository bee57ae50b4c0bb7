//! Which passwords a tenant allows (<https://fusionauth.io/docs/apis/tenants>, `passwordValidationRules`). Every rule that is
//! broken is told at once, so that a form can show them all.

use crate::model::PasswordValidationRules;
use fusionauth_api::errors::Errors;

/// What people choose first. FusionAuth compares with breached passwords of the world, a paid feature; these few stand for
/// them, so that a client can meet the code.
const COMMON: [&str; 8] = ["password", "12345678", "123456789", "password1", "qwertyuiop", "iloveyou", "11111111", "letmein123"];

/// Who the password is for: it must not hold their e-mail address or user name where the tenant says so.
#[derive(Clone, Copy, Default)]
pub(crate) struct Owner<'a> {
    pub(crate) email: Option<&'a str>,
    pub(crate) username: Option<&'a str>,
    pub(crate) phone_number: Option<&'a str>,
}

/// Checks a new password. `at` is its path in the request: errors are `[kind]at`.
pub(crate) fn check(rules: &PasswordValidationRules, at: &str, password: Option<&str>, owner: Owner<'_>) -> Result<(), Errors> {
    let Some(password) = password.filter(|it| !it.is_empty()) else {
        return Err(error(at, "blank", "A password must be given."));
    };
    let mut errors = Errors::default();
    for (broken, kind, message) in broken(rules, password, owner) {
        if broken {
            errors.field_errors.entry(at.to_owned()).or_default().extend(error(at, kind, &message).field_errors.into_values().flatten());
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Whether the password is one that everybody knows.
pub(crate) fn is_common(password: &str) -> bool {
    COMMON.contains(&password.to_lowercase().as_str())
}

/// One error of a password.
pub(crate) fn error(at: &str, kind: &str, message: &str) -> Errors {
    Errors::field(at, &format!("[{kind}]{at}"), message)
}

fn broken<'a>(rules: &PasswordValidationRules, password: &str, owner: Owner<'_>) -> [(bool, &'a str, String); 9] {
    let length = i64::try_from(password.chars().count()).unwrap_or(i64::MAX);
    let (lower, upper) = (password.chars().any(char::is_lowercase), password.chars().any(char::is_uppercase));
    let folded = password.to_lowercase();
    let holds =
        |text: Option<&str>| rules.disallow_user_login_id && text.is_some_and(|it| !it.is_empty() && folded.contains(&it.to_lowercase()));
    [
        (length < rules.min_length, "tooShort", format!("A password has {} characters or more.", rules.min_length)),
        (length > rules.max_length, "tooLong", format!("A password has {} characters or fewer.", rules.max_length)),
        (rules.require_mixed_case && !(lower && upper), "singleCase", "A password has an upper-case and a lower-case letter.".to_owned()),
        (
            rules.require_non_alpha && password.chars().all(char::is_alphanumeric),
            "onlyAlpha",
            "A password has a character that is no letter and no digit.".to_owned(),
        ),
        (rules.require_number && !password.chars().any(|it| it.is_ascii_digit()), "requireNumber", "A password has a digit.".to_owned()),
        (holds(owner.email), "containsEmail", "A password does not hold the e-mail address.".to_owned()),
        (holds(owner.username), "containsUsername", "A password does not hold the user name.".to_owned()),
        (holds(owner.phone_number), "containsPhoneNumber", "A password does not hold the phone number.".to_owned()),
        (
            rules.breach_detection.enabled && is_common(password),
            "breachedCommonPassword",
            "This password is known to everybody.".to_owned(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_broken_rule_is_told() {
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
        let owner = Owner { email: Some("ann@shop.test"), username: Some("Annie"), phone_number: Some("+4930123456") };
        for (rules, password, expected) in rows {
            let errors =
                check(&serde_json::from_value(rules.clone()).unwrap(), "password", Some(password), owner).err().unwrap_or_default();
            let codes: Vec<_> = errors.field_errors.into_values().flatten().map(|it| it.code).collect();
            let expected: Vec<_> = expected.iter().map(|it| format!("[{it}]password")).collect();
            assert_eq!(codes, expected, "{rules} {password}");
        }
    }
}
