//! `POST /api/login` (<https://fusionauth.io/docs/apis/login>), `POST /api/two-factor/login` for a second factor,
//! `POST /api/webauthn/login` for a passkey, and `POST /api/passwordless/login` for a code from a message.

use crate::{AccessToken, User, password::OneTimePassword};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use thiserror::Error;

/// The body of `POST /api/login`. This type has no `Debug`, because it contains a password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest<'a> {
    /// The user's email or user name. FusionAuth uses it verbatim.
    pub login_id: &'a str,
    /// The password, byte for byte as typed.
    pub password: &'a str,
    /// The application to sign in to. Without an application FusionAuth issues no refresh token.
    pub application_id: &'a str,
}

/// The body of `POST /api/login` after a change of the password. This type has no `Debug`, because it contains a password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTimePasswordLoginRequest<'a> {
    /// The one-time password that the change of the password returned.
    pub one_time_password: &'a OneTimePassword,
    /// The application to sign in to.
    pub application_id: &'a str,
}

/// The body of `POST /api/two-factor/login`. This type has no `Debug`, because it contains a one-time code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorLoginRequest<'a> {
    /// The id from [`LoginFailure::TwoFactorRequired`].
    pub two_factor_id: &'a str,
    /// The code from the authenticator app or a message, or a recovery code.
    pub code: &'a str,
    /// Whether to skip the second factor at later sign-ins on this device.
    #[serde(skip_serializing_if = "TrustDevice::is_no")]
    pub trust_computer: TrustDevice,
    /// The application to sign in to.
    pub application_id: &'a str,
}

/// The body of `POST /api/webauthn/login`. This type has no `Debug`, because it contains the answer to a challenge.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeyLoginRequest<'a> {
    /// The browser's signature.
    pub credential: &'a Assertion,
    /// The origin of the page.
    pub origin: &'a str,
    /// The tenant's relying party, or else the page's host.
    pub rp_id: &'a str,
    /// The application to sign in to. `None` means the application for which the sign-in began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<&'a str>,
}

/// The body of `POST /api/passwordless/login` (<https://fusionauth.io/docs/apis/passwordless>). This type has no `Debug`, because it contains
/// a code that signs in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordlessLoginRequest<'a> {
    /// The code from the sign-in link, or the code that the backend got when it started a sign-in with a short code.
    pub code: &'a str,
    /// The short code that the user typed. `None` for a sign-in link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_code: Option<&'a str>,
    /// The application to sign in to.
    pub application_id: &'a str,
}

/// A signature with a passkey. FusionAuth accepts only these members. This type has no `Debug`, because it answers a challenge.
#[derive(Clone, Serialize, Deserialize)]
pub struct Assertion {
    /// The id that the authenticator has chosen.
    pub id: String,
    /// The signature and the signed data.
    pub response: AssertionResponse,
    /// Always `public-key`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// See [`Assertion`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssertionResponse {
    /// The authenticator data.
    pub authenticator_data: String,
    /// The client data, with the challenge.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// The signature of the authenticator data and the client data.
    pub signature: String,
    /// The handle of the user to whom the passkey belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_handle: Option<String>,
}

/// Whether FusionAuth skips the second factor at later sign-ins on the same device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustDevice {
    /// FusionAuth requires the second factor at each sign-in.
    #[default]
    No,
    /// FusionAuth skips the second factor for some time, 30 days by default.
    Yes,
}

impl TrustDevice {
    /// Serde calls this function with a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    fn is_no(&self) -> bool {
        *self == Self::No
    }
}

impl Serialize for TrustDevice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self == Self::Yes)
    }
}

/// The members of an answer to a login; every member is optional on the wire. `refreshToken` is left out on purpose, because script must
/// not read it.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResponse {
    /// The access token.
    pub token: Option<AccessToken>,
    /// The user who signed in.
    pub user: Option<User>,
    /// With 242: the id to send with the code. It lives for 5 minutes by default.
    pub two_factor_id: Option<String>,
    /// With 203: the id for `POST /api/user/change-password`.
    pub change_password_id: Option<String>,
    /// With 203: why the password must change.
    pub change_password_reason: Option<String>,
}

/// The members that describe the next step, in an answer that did not sign the user in. [`LoginResponse`] does not have them, because a
/// page that only signs in needs none of them. This type has no `Debug`, because it contains ids that verify an account.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NextStep {
    /// With 242: the user's second factors, each with its email or phone number.
    pub methods: Vec<CodeMethod>,
    /// With 212, if the user types a code into a form: the id to send with the code.
    pub email_verification_id: Option<String>,
    /// With 213, if the user types a code into a form: the id to send with the code.
    pub registration_verification_id: Option<String>,
    /// With 409: the actions that prevent the login.
    pub actions: Vec<PreventingAction>,
}

impl NextStep {
    /// With 409: when the last of the actions ends, in milliseconds since 1970. `None` if an action has no end, or if there is no action.
    pub fn prevented_until(&self) -> Option<i64> {
        self.actions.iter().map(|it| it.expiry).collect::<Option<Vec<i64>>>()?.into_iter().max()
    }
}

/// An action that prevents a login, such as the lockout after failed logins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreventingAction {
    /// When the action ends, in milliseconds since 1970; `None` if it has no end.
    pub expiry: Option<i64>,
}

/// One way to get a second factor's code, with the email or phone number that receives it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CodeMethod {
    /// The method's id, for `POST /api/two-factor/send/{twoFactorId}`.
    pub id: String,
    /// `authenticator`, `email` or `sms`.
    pub method: String,
    /// The email address of the method `email`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The phone number of the method `sms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
}

impl CodeMethod {
    /// The email or phone number to which a code is sent. It is masked, except for the part that its owner needs to recognise it. `None`
    /// for an authenticator app, which shows codes itself.
    pub fn destination(&self) -> Option<String> {
        if self.method == "authenticator" {
            return None;
        }
        Some(match (&self.email, &self.mobile_phone) {
            (Some(email), _) => {
                let (local, domain) = email.split_once('@').unwrap_or((email, ""));
                local.chars().take(1).chain("…@".chars()).chain(domain.chars()).collect()
            }
            (None, Some(phone)) => {
                let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
                std::iter::once('…').chain(digits[digits.len().saturating_sub(2)..].iter().copied()).collect()
            }
            (None, None) => self.method.clone(),
        })
    }
}

/// The reason why a login did not sign the user in. Every documented status has its own variant, so that no status is mistaken for another.
/// A status that this version does not know is [`LoginFailure::Unavailable`]. A variant for it comes with a new minor version, which breaks
/// a `match` without a wildcard, so that no page forgets it.
///
/// `Debug` prints the same text as `Display`, without the ids.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum LoginFailure {
    /// 202: the password was right, but the user is not registered for the application. FusionAuth also sends a token. This
    /// variant leaves the token out, because it is not for the application.
    #[error("the user is not registered for this application")]
    NotRegistered,
    /// 203: the password must be changed first.
    #[error("the password must be changed first")]
    PasswordChangeRequired {
        /// The id for `POST /api/user/change-password`.
        change_password_id: Option<String>,
        /// `Administrative`, `Breached`, `Expired` or `Validation`.
        reason: Option<String>,
    },
    /// 212 without a token: the email address must be verified first. With a token the login is complete.
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// 213: the registration is not verified yet.
    #[error("the registration is not verified")]
    RegistrationNotVerified,
    /// 242: a second factor is needed.
    #[error("a second factor is needed")]
    TwoFactorRequired {
        /// The id to send with the code.
        two_factor_id: String,
    },
    /// 404: no such user, or the wrong password. FusionAuth does not say which. Of a passkey: FusionAuth does not accept it. Of a sign-in
    /// without a password: the code is wrong, has been used, or has expired.
    #[error("no such user, or the wrong credentials")]
    InvalidCredentials,
    /// 421 from FusionAuth, second factor only: the code was wrong. The user may try again. A backend that relays sign-ins
    /// answers 422 instead, because browsers repeat a request after a 421.
    #[error("the code was wrong")]
    InvalidCode,
    /// 404, second factor only: the two-factor id has expired. Start again with the password.
    #[error("the second factor took too long")]
    TwoFactorExpired,
    /// 401: this application requires an API key. This is an error of the configuration, not of the user.
    #[error("FusionAuth wants an API key")]
    ApiKeyRequired,
    /// 400: FusionAuth could not use the request. This is an error of the configuration or of this client.
    #[error("FusionAuth could not use the request")]
    Invalid,
    /// 200, but the token is for another application or names no user. This is an error of the configuration.
    #[error("the access token is not for this application")]
    UnusableToken,
    /// 409: a user action, such as the lock after failed attempts, prevents the login.
    #[error("sign-in is prevented for now")]
    Prevented,
    /// 410: the account has expired.
    #[error("the account has expired")]
    AccountExpired,
    /// 423: the account is locked.
    #[error("the account is locked")]
    Locked,
    /// 429, 5xx and any undocumented status: nothing is known about the credentials; try again later.
    #[error("FusionAuth answered {status}")]
    Unavailable {
        /// The status of the answer.
        status: u16,
    },
    /// No answer could be read: the client was offline, the request timed out, or CORS forbade it. Try again.
    #[error("no answer from FusionAuth")]
    NoAnswer,
}

impl LoginFailure {
    /// A name for programs, such as `account-expired`. The npm package calls it `outcome`. Failures that the user can do nothing about
    /// share the name `misconfigured`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRegistered => "not-registered",
            Self::PasswordChangeRequired { .. } => "password-change-required",
            Self::EmailNotVerified => "email-not-verified",
            Self::RegistrationNotVerified => "registration-not-verified",
            Self::TwoFactorRequired { .. } => "two-factor-required",
            Self::InvalidCredentials => "invalid-credentials",
            Self::InvalidCode => "invalid-code",
            Self::TwoFactorExpired => "two-factor-expired",
            Self::Prevented => "prevented",
            Self::AccountExpired => "account-expired",
            Self::Locked => "locked",
            Self::ApiKeyRequired | Self::Invalid | Self::UnusableToken => "misconfigured",
            Self::Unavailable { .. } => "unavailable",
            Self::NoAnswer => "no-answer",
        }
    }
}

impl fmt::Debug for LoginFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl LoginResponse {
    /// The access token of an answer with this status. A 200 without a token is [`LoginFailure::Unavailable`], because such an
    /// answer does not come from FusionAuth. A 212 with a token is a login, too: the tenant verifies emails, but lets users sign in before
    /// (`emailConfiguration.unverified.behavior`, `Allow`).
    ///
    /// # Errors
    ///
    /// The reason why the login did not sign the user in.
    pub fn into_token(self, step: LoginStep, status: u16) -> Result<AccessToken, LoginFailure> {
        let unavailable = LoginFailure::Unavailable { status };
        Err(match (status, step) {
            (200, _) => return self.token.ok_or(unavailable),
            (202, _) => LoginFailure::NotRegistered,
            (203, _) => {
                LoginFailure::PasswordChangeRequired { change_password_id: self.change_password_id, reason: self.change_password_reason }
            }
            (212, _) => match self.token {
                Some(token) => return Ok(token),
                None => LoginFailure::EmailNotVerified,
            },
            (213, _) => LoginFailure::RegistrationNotVerified,
            (242, _) => match self.two_factor_id {
                Some(two_factor_id) => LoginFailure::TwoFactorRequired { two_factor_id },
                None => unavailable,
            },
            (400, _) => LoginFailure::Invalid,
            (401, _) => LoginFailure::ApiKeyRequired,
            (404, LoginStep::Password | LoginStep::Passkey | LoginStep::Passwordless) => LoginFailure::InvalidCredentials,
            (404, LoginStep::SecondFactor) => LoginFailure::TwoFactorExpired,
            (421 | 422, LoginStep::SecondFactor) => LoginFailure::InvalidCode,
            (409, _) => LoginFailure::Prevented,
            (410, _) => LoginFailure::AccountExpired,
            (423, _) => LoginFailure::Locked,
            _ => unavailable,
        })
    }
}

/// The request to which an answer belongs. Some statuses have different meanings for different requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginStep {
    /// `POST /api/login`.
    Password,
    /// `POST /api/two-factor/login`.
    SecondFactor,
    /// `POST /api/webauthn/login`.
    Passkey,
    /// `POST /api/passwordless/login`.
    Passwordless,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_token() -> LoginResponse {
        serde_json::from_str(r#"{"token":"a.b.c","refreshToken":"secret","twoFactorId":"t","user":{"id":"u"}}"#).unwrap()
    }

    /// <https://fusionauth.io/docs/apis/login> says of 212 only that the email is not verified, and <https://fusionauth.io/docs/apis/tenants>
    /// that `Allow` lets the login complete. FusionAuth's own clients treat every 2xx as a success.
    #[test]
    fn only_200_and_212_sign_in_if_they_have_a_token() {
        for status in 100..600 {
            assert_eq!(with_token().into_token(LoginStep::Password, status).is_ok(), [200, 212].contains(&status), "{status}");
        }
        let without = LoginResponse::default().into_token(LoginStep::Password, 212).err();
        assert_eq!(without, Some(LoginFailure::EmailNotVerified));
    }

    #[test]
    fn statuses_that_mean_different_things_in_the_two_steps() {
        let failure = |step, status| with_token().into_token(step, status).err();
        assert_eq!(failure(LoginStep::Password, 404), Some(LoginFailure::InvalidCredentials));
        assert_eq!(failure(LoginStep::Passkey, 404), Some(LoginFailure::InvalidCredentials));
        assert_eq!(failure(LoginStep::Passwordless, 404), Some(LoginFailure::InvalidCredentials));
        assert_eq!(failure(LoginStep::Passwordless, 421), Some(LoginFailure::Unavailable { status: 421 }));
        assert_eq!(failure(LoginStep::SecondFactor, 404), Some(LoginFailure::TwoFactorExpired));
        assert_eq!(failure(LoginStep::Password, 421), Some(LoginFailure::Unavailable { status: 421 }));
        assert_eq!(failure(LoginStep::SecondFactor, 421), Some(LoginFailure::InvalidCode));
        assert_eq!(failure(LoginStep::SecondFactor, 422), Some(LoginFailure::InvalidCode));
    }

    #[test]
    fn answers_without_what_they_must_hold_are_no_success() {
        for status in [200, 242] {
            let failure = LoginResponse::default().into_token(LoginStep::Password, status).err();
            assert_eq!(failure, Some(LoginFailure::Unavailable { status }));
        }
    }

    #[test]
    fn destinations_are_masked() {
        let destination = |kind: &str, email: Option<&str>, phone: Option<&str>| {
            let (email, mobile_phone) = (email.map(Into::into), phone.map(Into::into));
            CodeMethod { id: "m".into(), method: kind.into(), email, mobile_phone }.destination()
        };
        assert_eq!(destination("authenticator", None, None), None);
        assert_eq!(destination("email", Some("toni@example.com"), None).as_deref(), Some("t…@example.com"));
        assert_eq!(destination("sms", None, Some("+49 30 1234")).as_deref(), Some("…34"));
        assert_eq!(destination("sms", None, Some("1")).as_deref(), Some("…1"));
        assert_eq!(destination("novel", None, None).as_deref(), Some("novel"));
    }

    #[test]
    fn a_login_is_prevented_until_the_last_action_ends() {
        let until = |body: &str| serde_json::from_str::<NextStep>(body).unwrap().prevented_until();
        assert_eq!(until(r#"{"actions":[{"expiry":5},{"expiry":7}]}"#), Some(7));
        assert_eq!(until(r#"{"actions":[{"expiry":5},{}]}"#), None);
        assert_eq!(until("{}"), None);
    }

    #[test]
    fn no_id_is_printed() {
        let two_factor = LoginFailure::TwoFactorRequired { two_factor_id: "secret".into() };
        let change = LoginFailure::PasswordChangeRequired { change_password_id: Some("secret".into()), reason: None };
        for failure in [two_factor, change] {
            assert!(!format!("{failure:?} {failure}").contains("secret"));
        }
    }
}
