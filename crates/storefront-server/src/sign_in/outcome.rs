//! From FusionAuth's response to the next step of a sign-in. The API and the pages show the steps differently, and decide on them here.

use crate::auth::{authenticator::Authenticator, cookies::Cookies, error::Error as AuthError, verify::Identity};
use crate::sign_in::error::Error;
use fusionauth_api::backend::Tokens;
use fusionauth_api::login::{LoginOutcome, TwoFactorMethod};

/// The next step of a sign-in.
pub(crate) enum Progress {
    /// The user is signed in, and the cookies are set.
    SignedIn(Identity),
    /// The second factor's code is wanted.
    TwoFactorRequired {
        /// FusionAuth's id of this sign-in.
        two_factor_id: String,
        /// How the user gets a code.
        methods: Vec<TwoFactorMethod>,
    },
    /// The account is not registered for this application.
    NotRegistered,
    /// The password has to be changed.
    PasswordChangeRequired {
        /// What a change of the password takes.
        change_password_id: Option<String>,
        /// FusionAuth's reason.
        reason: Option<String>,
    },
    /// The e-mail address is not verified.
    EmailNotVerified,
    /// The registration is not verified.
    RegistrationNotVerified,
}

/// Reads FusionAuth's response to a request that was sent at `began_at` (milliseconds since 1970). If it holds tokens, signs the user in.
pub(crate) async fn progress(
    authenticator: &Authenticator,
    cookies: &Cookies,
    began_at: i64,
    outcome: LoginOutcome<Tokens>,
) -> Result<Progress, Error> {
    match outcome {
        LoginOutcome::SignedIn(tokens) => match authenticator.sign_in(cookies, tokens, began_at).await {
            Ok(identity) => Ok(Progress::SignedIn(identity)),
            Err(AuthError::TokenRefused(fault)) => {
                tracing::error!(%fault, "FusionAuth answered a login with an unusable token; is the application id right?");
                Err(AuthError::SignInMisconfigured.into())
            }
            Err(error) => Err(error.into()),
        },
        LoginOutcome::TwoFactorRequired { two_factor_id, methods } => Ok(Progress::TwoFactorRequired { two_factor_id, methods }),
        LoginOutcome::NotRegistered => Ok(Progress::NotRegistered),
        LoginOutcome::PasswordChangeRequired { change_password_id, reason } => {
            Ok(Progress::PasswordChangeRequired { change_password_id, reason })
        }
        LoginOutcome::EmailNotVerified => Ok(Progress::EmailNotVerified),
        LoginOutcome::RegistrationNotVerified => Ok(Progress::RegistrationNotVerified),
        LoginOutcome::InvalidCredentials => Err(Error::CredentialsRefused),
        LoginOutcome::InvalidCode => Err(Error::CodeRefused),
        LoginOutcome::TwoFactorExpired => Err(Error::TwoFactorExpired),
        LoginOutcome::Prevented => Err(Error::Prevented),
        LoginOutcome::AccountExpired => Err(Error::AccountExpired),
        LoginOutcome::Locked => Err(Error::AccountLocked),
        LoginOutcome::Invalid => {
            tracing::warn!("FusionAuth could not use a login; is the application id right?");
            Err(Error::CredentialsMalformed)
        }
        LoginOutcome::ApiKeyRequired => {
            tracing::error!("FusionAuth wants an API key to log in; set --fusionauth-api-key or switch requireAuthentication off");
            Err(AuthError::SignInMisconfigured.into())
        }
        LoginOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}
