//! `POST /api/login` (<https://fusionauth.io/docs/apis/login>) and the second factor's `POST /api/two-factor/login`.

use crate::{AccessToken, User, password::OneTimePassword};
use serde::{Deserialize, Serialize};

/// The body of `POST /api/login`. This type has no `Debug`, because it holds a password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest<'a> {
    /// E-mail address or user name, used verbatim by FusionAuth.
    pub login_id: &'a str,
    /// The password, byte for byte as typed.
    pub password: &'a str,
    /// The application to sign in to. Without it FusionAuth issues no refresh token.
    pub application_id: &'a str,
}

/// The body of `POST /api/login` after a change of the password. This type has no `Debug`, because it holds a password.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OneTimePasswordLoginRequest<'a> {
    /// What the change of the password gave.
    pub one_time_password: &'a OneTimePassword,
    /// The application to sign in to.
    pub application_id: &'a str,
}

/// The body of `POST /api/two-factor/login`. This type has no `Debug`, because it holds a one-time code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorLoginRequest<'a> {
    /// What [`LoginOutcome::TwoFactorRequired`] gave.
    pub two_factor_id: &'a str,
    /// The code from the authenticator app, or a recovery code.
    pub code: &'a str,
    /// The application to sign in to.
    pub application_id: &'a str,
}

/// What an answer to a login may hold; every member is optional on the wire. `refreshToken` is left out on purpose.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResponse {
    /// The access token.
    pub token: Option<AccessToken>,
    /// Who signed in.
    pub user: Option<User>,
    /// With 242: what to send with the code. It lives for 5 minutes by default.
    pub two_factor_id: Option<String>,
    /// With 242: the ways to get a code.
    #[serde(default)]
    pub methods: Vec<TwoFactorMethod>,
    /// With 203: what `POST /api/user/change-password` takes.
    pub change_password_id: Option<String>,
    /// With 203: why the password must change.
    pub change_password_reason: Option<String>,
}

/// One way to get a second factor's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TwoFactorMethod {
    /// The method's id, for `POST /api/two-factor/send/{twoFactorId}`.
    pub id: String,
    /// `authenticator`, `email` or `sms`.
    pub method: String,
}

/// What became of a login. Every documented status has a variant of its own, so that none is taken for another.
///
/// `T` is what a signed-in caller holds: the access token in a browser, both tokens in a backend.
#[derive(Clone)]
pub enum LoginOutcome<T = AccessToken> {
    /// 200: signed in.
    SignedIn(T),
    /// 202: the password was right, but the user is not registered for the application. The token FusionAuth sends
    /// along is not for the application, so it is dropped here.
    NotRegistered,
    /// 203: the password must be changed first.
    PasswordChangeRequired {
        /// What `POST /api/user/change-password` takes.
        change_password_id: Option<String>,
        /// `Administrative`, `Breached`, `Expired` or `Validation`.
        reason: Option<String>,
    },
    /// 212: the e-mail address is not verified yet.
    EmailNotVerified,
    /// 213: the registration is not verified yet.
    RegistrationNotVerified,
    /// 242: a second factor is needed.
    TwoFactorRequired {
        /// What to send with the code.
        two_factor_id: String,
        /// The ways to get a code.
        methods: Vec<TwoFactorMethod>,
    },
    /// 404: no such user, or the wrong password. FusionAuth does not say which.
    InvalidCredentials,
    /// 421 from FusionAuth, second factor only: the code was wrong. It may be tried again. A backend that relays sign-ins says 422
    /// instead, because browsers answer a 421 by sending the code once more.
    InvalidCode,
    /// 404, second factor only: the two-factor id has expired. Start again with the password.
    TwoFactorExpired,
    /// 401: this application wants an API key. A fault of the configuration, never of the shopper.
    ApiKeyRequired,
    /// 400: FusionAuth could not use the request. A fault of the configuration or of this client.
    Invalid,
    /// 409: a user action, such as the lock after failed attempts, prevents the login.
    Prevented,
    /// 410: the account has expired.
    AccountExpired,
    /// 423: the account is locked.
    Locked,
    /// 429, 5xx and whatever is not documented: nothing is known about the credentials; try again later.
    Unavailable {
        /// The status that came.
        status: u16,
    },
}

impl LoginOutcome {
    /// Reads an answer. A 200 without a token is [`LoginOutcome::Unavailable`]: it is not FusionAuth that spoke.
    pub fn from_response(step: LoginStep, status: u16, body: LoginResponse) -> Self {
        match (status, step) {
            (200, _) => body.token.map_or(Self::Unavailable { status }, Self::SignedIn),
            (202, _) => Self::NotRegistered,
            (203, _) => Self::PasswordChangeRequired { change_password_id: body.change_password_id, reason: body.change_password_reason },
            (212, _) => Self::EmailNotVerified,
            (213, _) => Self::RegistrationNotVerified,
            (242, _) => match body.two_factor_id {
                Some(two_factor_id) => Self::TwoFactorRequired { two_factor_id, methods: body.methods },
                None => Self::Unavailable { status },
            },
            (400, _) => Self::Invalid,
            (401, _) => Self::ApiKeyRequired,
            (404, LoginStep::Password) => Self::InvalidCredentials,
            (404, LoginStep::SecondFactor) => Self::TwoFactorExpired,
            (421 | 422, LoginStep::SecondFactor) => Self::InvalidCode,
            (409, _) => Self::Prevented,
            (410, _) => Self::AccountExpired,
            (423, _) => Self::Locked,
            _ => Self::Unavailable { status },
        }
    }
}

impl<T> LoginOutcome<T> {
    /// Puts something else in place of what a signed-in caller holds.
    pub fn map<U>(self, signed_in: impl FnOnce(T) -> U) -> LoginOutcome<U> {
        match self {
            Self::SignedIn(it) => LoginOutcome::SignedIn(signed_in(it)),
            Self::NotRegistered => LoginOutcome::NotRegistered,
            Self::PasswordChangeRequired { change_password_id, reason } => {
                LoginOutcome::PasswordChangeRequired { change_password_id, reason }
            }
            Self::EmailNotVerified => LoginOutcome::EmailNotVerified,
            Self::RegistrationNotVerified => LoginOutcome::RegistrationNotVerified,
            Self::TwoFactorRequired { two_factor_id, methods } => LoginOutcome::TwoFactorRequired { two_factor_id, methods },
            Self::InvalidCredentials => LoginOutcome::InvalidCredentials,
            Self::InvalidCode => LoginOutcome::InvalidCode,
            Self::TwoFactorExpired => LoginOutcome::TwoFactorExpired,
            Self::ApiKeyRequired => LoginOutcome::ApiKeyRequired,
            Self::Invalid => LoginOutcome::Invalid,
            Self::Prevented => LoginOutcome::Prevented,
            Self::AccountExpired => LoginOutcome::AccountExpired,
            Self::Locked => LoginOutcome::Locked,
            Self::Unavailable { status } => LoginOutcome::Unavailable { status },
        }
    }
}

/// Which of the two calls was answered: some statuses mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginStep {
    /// `POST /api/login`.
    Password,
    /// `POST /api/two-factor/login`.
    SecondFactor,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_token() -> LoginResponse {
        serde_json::from_str(r#"{"token":"a.b.c","refreshToken":"secret","twoFactorId":"t","user":{"id":"u"}}"#).unwrap()
    }

    #[test]
    fn only_200_signs_in() {
        for status in 100..600 {
            let signed_in = matches!(LoginOutcome::from_response(LoginStep::Password, status, with_token()), LoginOutcome::SignedIn(_));
            assert_eq!(signed_in, status == 200, "{status}");
        }
    }

    #[test]
    fn statuses_that_mean_different_things_in_the_two_steps() {
        assert!(matches!(LoginOutcome::from_response(LoginStep::Password, 404, with_token()), LoginOutcome::InvalidCredentials));
        assert!(matches!(LoginOutcome::from_response(LoginStep::SecondFactor, 404, with_token()), LoginOutcome::TwoFactorExpired));
        assert!(matches!(LoginOutcome::from_response(LoginStep::Password, 421, with_token()), LoginOutcome::Unavailable { status: 421 }));
        assert!(matches!(LoginOutcome::from_response(LoginStep::SecondFactor, 421, with_token()), LoginOutcome::InvalidCode));
        assert!(matches!(LoginOutcome::from_response(LoginStep::SecondFactor, 422, with_token()), LoginOutcome::InvalidCode));
    }

    #[test]
    fn answers_without_what_they_must_hold_are_no_success() {
        assert!(matches!(
            LoginOutcome::from_response(LoginStep::Password, 200, LoginResponse::default()),
            LoginOutcome::Unavailable { status: 200 }
        ));
        assert!(matches!(
            LoginOutcome::from_response(LoginStep::Password, 242, LoginResponse::default()),
            LoginOutcome::Unavailable { status: 242 }
        ));
    }
}
