//! Handles FusionAuth's response to a login, for both the JSON API and the server-rendered pages. If the response holds tokens, this signs
//! the user in and sets the cookies. Otherwise it returns the next step of the sign-in, such as a second factor, or an error.

use crate::auth::cookies::{CookieName, Cookies, KeepSignedIn};
use crate::auth::{authenticator::Authenticator, error::Error as AuthError, fusionauth::LoginAnswer, verify::Identity};
use crate::http::{device_name::DeviceName, rate_limit::TooOften};
use crate::sign_in::error::Error;
use fusionauth_api::backend::{Device, LoginDetails, Tokens};
use fusionauth_api::login::{LoginFailure, TrustDevice};

/// How long the browser keeps the trust id ([`CookieName::DeviceTrust`]). By FusionAuth's default, the id is valid for the same time.
const TRUST_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The browser that signs in, in the form of FusionAuth's requests.
pub(crate) fn device<'a>(DeviceName(name): &'a DeviceName, cookies: &'a Cookies) -> Device<'a> {
    Device { name, trust_id: cookies.get(CookieName::DeviceTrust), trust: TrustDevice::No }
}

/// Stores the trust id in the browser, if FusionAuth has returned one. With this id, later sign-ins skip the second factor.
pub(crate) fn keep_device_trust(cookies: &Cookies, answer: &Result<LoginAnswer, TooOften>) {
    if let Ok(LoginAnswer { details: LoginDetails { two_factor_trust_id: Some(id), .. }, .. }) = answer {
        cookies.set(CookieName::DeviceTrust, id, TRUST_SECONDS);
    }
}

/// The next step of a sign-in.
pub(crate) enum SignInStep {
    /// The user is signed in, and the cookies are set.
    SignedIn(Identity),
    /// A second-factor code is required.
    TwoFactorRequired {
        /// FusionAuth's id of this sign-in.
        two_factor_id: String,
    },
    /// The account is not registered for this application.
    NotRegistered,
    /// The password must be changed.
    PasswordChangeRequired {
        /// The `changePasswordId` to send with the new password.
        change_password_id: Option<String>,
        /// FusionAuth's reason.
        reason: Option<String>,
    },
    /// The email address is not verified.
    EmailNotVerified,
    /// The registration is not verified.
    RegistrationNotVerified,
}

/// Reads FusionAuth's response to a request that was sent at `began_at` (milliseconds since 1970). If the response holds tokens, signs the
/// user in.
pub(crate) async fn handle_login_outcome(
    authenticator: &Authenticator,
    cookies: &Cookies,
    keep: KeepSignedIn,
    began_at: i64,
    outcome: Result<Tokens, LoginFailure>,
) -> Result<SignInStep, Error> {
    let failure = match outcome {
        Ok(tokens) => {
            return match authenticator.sign_in(cookies, tokens, keep, began_at).await {
                Ok(identity) => Ok(SignInStep::SignedIn(identity)),
                Err(AuthError::TokenRefused(error)) => {
                    tracing::error!(%error, "FusionAuth answered a login with an unusable token; is the application id right?");
                    Err(AuthError::SignInMisconfigured.into())
                }
                Err(AuthError::TooManyAttempts(too_often)) => Err(too_often.into()),
                Err(error) => Err(error.into()),
            };
        }
        Err(failure) => failure,
    };
    match failure {
        LoginFailure::TwoFactorRequired { two_factor_id, .. } => Ok(SignInStep::TwoFactorRequired { two_factor_id }),
        LoginFailure::NotRegistered => Ok(SignInStep::NotRegistered),
        LoginFailure::PasswordChangeRequired { change_password_id, reason } => {
            Ok(SignInStep::PasswordChangeRequired { change_password_id, reason })
        }
        LoginFailure::EmailNotVerified => Ok(SignInStep::EmailNotVerified),
        LoginFailure::RegistrationNotVerified => Ok(SignInStep::RegistrationNotVerified),
        failure => Err(login_error(failure)),
    }
}

/// The error of a login without a next step.
pub(crate) fn login_error(failure: LoginFailure) -> Error {
    match failure {
        LoginFailure::InvalidCredentials => Error::CredentialsRefused,
        LoginFailure::InvalidCode => Error::CodeRefused,
        LoginFailure::TwoFactorExpired => Error::TwoFactorExpired,
        LoginFailure::Prevented => Error::Prevented,
        LoginFailure::AccountExpired => Error::AccountExpired,
        LoginFailure::Locked => Error::AccountLocked,
        LoginFailure::Invalid => {
            tracing::warn!("FusionAuth rejected a login as malformed; is the application id right?");
            Error::CredentialsMalformed
        }
        LoginFailure::ApiKeyRequired => {
            tracing::error!("FusionAuth wants an API key to log in; set --fusionauth-api-key or switch requireAuthentication off");
            AuthError::SignInMisconfigured.into()
        }
        // No answer, an unknown status, or a failure that the API's types gain later: try again.
        _ => AuthError::SignInUnavailable.into(),
    }
}
