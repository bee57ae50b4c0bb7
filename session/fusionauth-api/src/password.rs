//! A new password without the old one: `POST /api/user/forgot-password` mails a link
//! (<https://fusionauth.io/docs/apis/users/forgot-password>), and `POST /api/user/change-password` accepts the id in that link, or
//! the id from a login's answer 203, together with the new password (<https://fusionauth.io/docs/apis/users/change-password>).

use crate::errors::{ApiError, Errors};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// The body of `POST /api/user/forgot-password`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ForgotPasswordRequest<'a> {
    /// The user's email or user name.
    pub login_id: &'a str,
    /// The application that the message names.
    pub application_id: &'a str,
    /// Data for the message's template, if it needs any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MessageState<'a>>,
}

/// Data for the message's template. The data contain only keys, because anybody can send this request for any user. With a URL or a text in
/// the request, a stranger could put a link or words of their own into the message.
#[derive(Serialize)]
pub struct MessageState<'a> {
    /// The key of the site, with which the template looks up the site's URL in the application's data.
    pub site: &'a str,
    /// The key of the reason for the message, with which the template looks up a text in the application's data. `None`
    /// means that the user requested the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occasion: Option<&'a str>,
}

/// The result of [`ForgotPasswordRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForgotPasswordOutcome {
    /// 200, 404, 422: if the user exists and has an email, the message is on its way. The three statuses share this variant, so that a
    /// caller cannot find out whether an account exists.
    Accepted,
    /// 403: the tenant has no template for the message.
    NotConfigured,
    /// 429: too many messages for this user.
    TooMany,
    /// Any other status; try again later.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl ForgotPasswordOutcome {
    /// Reads the status of an answer.
    pub fn from_status(status: u16) -> Self {
        match status {
            200 | 404 | 422 => Self::Accepted,
            403 => Self::NotConfigured,
            429 => Self::TooMany,
            _ => Self::Unavailable { status },
        }
    }
}

/// The body of `POST /api/user/change-password`. This type has no `Debug`, because it contains a password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangePasswordRequest<'a> {
    /// The id from a mailed link or from a 203.
    pub change_password_id: &'a str,
    /// The new password.
    pub password: &'a str,
    /// The trust token that FusionAuth returned for the code of the second factor, if the user has entered a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_token: Option<&'a str>,
    /// The trust challenge with which the second factor was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_challenge: Option<&'a str>,
}

/// Proves that a user has passed a second factor for a protected call. If both members are `None`, the user has not passed one.
#[derive(Clone, Copy, Default)]
pub struct Trust<'a> {
    /// See [`ChangePasswordRequest::trust_token`].
    pub trust_token: Option<&'a str>,
    /// See [`ChangePasswordRequest::trust_challenge`].
    pub trust_challenge: Option<&'a str>,
}

/// Whether an id for a new password can be used, from `GET /api/user/change-password/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangePasswordIdState {
    /// 200: the id and the new password are enough.
    Valid,
    /// 400 `[TrustTokenRequired]`: the user must pass the second factor first.
    SecondFactorRequired,
    /// 404: the id is unknown, was used, or is too old.
    Expired,
    /// Any other answer.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl ChangePasswordIdState {
    /// Reads an answer.
    pub fn from_response(status: u16, body: &Errors) -> Self {
        match status {
            200 => Self::Valid,
            400 if needs_trust(body) => Self::SecondFactorRequired,
            404 => Self::Expired,
            _ => Self::Unavailable { status },
        }
    }
}

pub(crate) fn needs_trust(errors: &Errors) -> bool {
    errors.general_errors.iter().any(|it| it.code == "[TrustTokenRequired]")
}

/// The body of the answer to [`ChangePasswordRequest`]. It repeats the members of [`Errors`], because the decoder of the browser's build
/// does not support `flatten`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ChangePasswordResponse {
    /// With 200: signs the user in once, without the password.
    pub one_time_password: Option<OneTimePassword>,
    /// With 400: see [`Errors::field_errors`].
    pub field_errors: BTreeMap<String, Vec<ApiError>>,
    /// With 400: see [`Errors::general_errors`].
    pub general_errors: Vec<ApiError>,
}

/// A password that `POST /api/login` accepts once. It can be neither printed nor logged by accident.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OneTimePassword(Arc<str>);

impl OneTimePassword {
    /// The password's text, for a request to FusionAuth.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The result of [`ChangePasswordRequest`].
#[derive(Clone)]
pub enum ChangePasswordOutcome {
    /// 200: the password is changed, and every earlier session of the user has ended.
    Changed(OneTimePassword),
    /// 400: the password breaks these rules of the tenant.
    Refused(Vec<PasswordRule>),
    /// 404: the id is unknown, was used, or is too old.
    Expired,
    /// 400 `[TrustTokenRequired]`: the user has a second factor and must pass it first.
    SecondFactorRequired,
    /// Any other answer; the password may have been changed.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl ChangePasswordOutcome {
    /// Reads an answer.
    pub fn from_response(status: u16, body: ChangePasswordResponse) -> Self {
        let ChangePasswordResponse { one_time_password, field_errors, general_errors } = body;
        let errors = Errors { field_errors, general_errors };
        match (status, one_time_password) {
            (200, Some(password)) => Self::Changed(password),
            (404, _) => Self::Expired,
            (400, _) if needs_trust(&errors) => Self::SecondFactorRequired,
            (400, _) => match PasswordRule::broken(&errors) {
                rules if rules.is_empty() => Self::Unavailable { status },
                rules => Self::Refused(rules),
            },
            _ => Self::Unavailable { status },
        }
    }
}

/// A password rule that an error code can name (<https://fusionauth.io/docs/apis/errors>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRule {
    /// `[blank]`.
    Blank,
    /// `[tooShort]`.
    TooShort,
    /// `[tooLong]`.
    TooLong,
    /// `[singleCase]`: capital and small letters are required.
    MixedCase,
    /// `[onlyAlpha]`: a character that is neither a letter nor a digit is required.
    NonAlpha,
    /// `[requireNumber]`.
    Number,
    /// `[previouslyUsed]`.
    PreviouslyUsed,
    /// `[tooYoung]`: the current password was chosen a moment ago.
    TooYoung,
    /// `[containsEmail]`, `[containsUsername]` or `[containsPhoneNumber]`.
    ContainsLoginId,
    /// `[breached…]`: the password is in a known data breach.
    Breached,
    /// A rule that this crate does not know.
    Other,
}

impl PasswordRule {
    /// The rule in a code such as `[tooShort]user.password`.
    pub fn from_code(code: &str) -> Self {
        match code.strip_prefix('[').and_then(|it| it.split(']').next()).unwrap_or_default() {
            "blank" | "missing" => Self::Blank,
            "tooShort" => Self::TooShort,
            "tooLong" => Self::TooLong,
            "singleCase" => Self::MixedCase,
            "onlyAlpha" => Self::NonAlpha,
            "requireNumber" => Self::Number,
            "previouslyUsed" => Self::PreviouslyUsed,
            "tooYoung" => Self::TooYoung,
            "containsEmail" | "containsUsername" | "containsPhoneNumber" => Self::ContainsLoginId,
            rule if rule.starts_with("breached") => Self::Breached,
            _ => Self::Other,
        }
    }

    /// The rules that are named by errors about a field `password`, each rule once.
    pub(crate) fn broken(errors: &Errors) -> Vec<Self> {
        let of_password = errors.field_errors.iter().filter(|(path, _)| path.rsplit('.').next() == Some("password"));
        let mut rules = Vec::new();
        for rule in of_password.flat_map(|(_, errors)| errors).map(|it| Self::from_code(&it.code)) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        rules
    }
}

/// The tenant's rules for passwords, from `GET /api/tenant/password-validation-rules` (<https://fusionauth.io/docs/apis/tenants>).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordRules {
    /// The minimum number of characters.
    pub min_length: u32,
    /// The maximum number of characters.
    pub max_length: u32,
    /// Whether a password must have both a capital and a small letter.
    pub require_mixed_case: bool,
    /// Whether a password must have a character that is neither a letter nor a digit.
    pub require_non_alpha: bool,
    /// Whether a password must have a digit.
    pub require_number: bool,
}

impl Default for PasswordRules {
    /// FusionAuth's defaults.
    fn default() -> Self {
        Self { min_length: 8, max_length: 256, require_mixed_case: false, require_non_alpha: false, require_number: false }
    }
}

/// The body that contains [`PasswordRules`].
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PasswordRulesResponse {
    /// The rules.
    pub password_validation_rules: PasswordRules,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(status: u16, body: &str) -> ChangePasswordOutcome {
        ChangePasswordOutcome::from_response(status, serde_json::from_str(body).unwrap_or_default())
    }

    #[test]
    fn nobody_learns_who_has_an_account() {
        for status in [200, 404, 422] {
            assert_eq!(ForgotPasswordOutcome::from_status(status), ForgotPasswordOutcome::Accepted);
        }
        assert_eq!(ForgotPasswordOutcome::from_status(403), ForgotPasswordOutcome::NotConfigured);
        assert_eq!(ForgotPasswordOutcome::from_status(500), ForgotPasswordOutcome::Unavailable { status: 500 });
    }

    #[test]
    fn a_changed_password_signs_in_once() {
        assert!(matches!(changed(200, r#"{"oneTimePassword":"o","state":null}"#), ChangePasswordOutcome::Changed(_)));
        assert!(matches!(changed(200, "{}"), ChangePasswordOutcome::Unavailable { status: 200 }));
        assert!(matches!(changed(404, ""), ChangePasswordOutcome::Expired));
        assert!(matches!(changed(503, ""), ChangePasswordOutcome::Unavailable { status: 503 }));
    }

    #[test]
    fn every_broken_rule_is_read_once() {
        let body = r#"{"fieldErrors":{"password":[{"code":"[tooShort]password"},{"code":"[breachedCommonPassword]password"},
            {"code":"[containsEmail]password"},{"code":"[containsUsername]password"},{"code":"[novel]password"}]}}"#;
        let ChangePasswordOutcome::Refused(rules) = changed(400, body) else { panic!("not refused") };
        assert_eq!(rules, [PasswordRule::TooShort, PasswordRule::Breached, PasswordRule::ContainsLoginId, PasswordRule::Other]);
        let elsewhere = r#"{"fieldErrors":{"applicationId":[{"code":"[invalid]applicationId"}]}}"#;
        assert!(matches!(changed(400, elsewhere), ChangePasswordOutcome::Unavailable { status: 400 }));
        let trust = r#"{"generalErrors":[{"code":"[TrustTokenRequired]"}]}"#;
        assert!(matches!(changed(400, trust), ChangePasswordOutcome::SecondFactorRequired));
    }

    #[test]
    fn an_id_is_valid_only_if_fusionauth_says_so() {
        let trust = Errors::general("[TrustTokenRequired]", "");
        for (status, body, state) in [
            (200, Errors::default(), ChangePasswordIdState::Valid),
            (400, trust, ChangePasswordIdState::SecondFactorRequired),
            (400, Errors::default(), ChangePasswordIdState::Unavailable { status: 400 }),
            (404, Errors::default(), ChangePasswordIdState::Expired),
            (500, Errors::default(), ChangePasswordIdState::Unavailable { status: 500 }),
        ] {
            assert_eq!(ChangePasswordIdState::from_response(status, &body), state);
        }
    }
}
