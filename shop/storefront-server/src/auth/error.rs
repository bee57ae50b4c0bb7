//! Why a request could not be authenticated, and the problem document for each reason.

use crate::auth::verify::TokenError;
use crate::http::{
    error::Error as HttpError,
    problem::{ProblemResponse, errors},
    rate_limit::TooOften,
};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use storefront_api::problems::ProblemCode;
use storefront_messages::{PasswordError, SessionMessage, SignInError, Storefront, t};

errors! {
    /// Why a request has no user.
    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        /// 401, `WWW-Authenticate: Bearer`: sign in, then repeat the request.
        #[error("{}", t!("You need to sign in first."))]
        CredentialMissing = CredentialMissing,
        /// 401, `WWW-Authenticate: Bearer error="invalid_token"`: renew the token or sign in again.
        #[error("Refused: {0}.")]
        TokenRefused(#[from] TokenError),
        /// 401: the refresh token is refused or missing, so the credential could not be renewed. Sign in again.
        #[error("{}", t!("Your session has ended. Sign in again."))]
        SessionOver = SessionOver,
        /// 403: the tenant lets nobody in with an unverified email. The next sign-in leads to the verification.
        #[error("{}", t!("Your email isn't confirmed yet. Sign in again, and we'll help you confirm it."))]
        EmailNotVerified = EmailNotVerified,
        /// 429 with `Retry-After`: the account has signed in too often, and this sign-in has ended; or clients have sent too many refresh
        /// tokens that the database does not know.
        #[error("{}", SignInError::TooManyAttempts.message::<Storefront>())]
        TooManyAttempts(TooOften),
        /// 401: the sign-in is bound to a device, and the request has no valid bound cookie. The cookies stay, because the owner's browser
        /// may have the same ones. Sign in again.
        #[error("{}", DeviceMessage::NotThisDevice.text())]
        NotThisDevice = NotThisDevice,
        /// 401: the site accepts only sign-ins that are bound to a device, and the browser has registered no key.
        #[error("{}", DeviceMessage::KeyRequired.text())]
        DeviceKeyRequired = DeviceKeyRequired,
        /// 503: like [`Self::NotThisDevice`], but the browser says that it could not refresh the bound cookie yet.
        #[error("{}", DeviceMessage::NotProvedYet.text())]
        DeviceProofDelayed = DeviceProofDelayed,
        /// 503: FusionAuth's keys are needed, but unavailable.
        #[error("{}", t!("The sign-in service isn't responding, so we can't check your sign-in. Try again in a moment."))]
        KeysUnreachable = SignInServiceUnavailable,
        /// 503: FusionAuth is needed and does not answer. The session stays.
        #[error("{}", t!("The sign-in service isn't responding. Try again in a moment."))]
        SignInUnavailable = SignInServiceUnavailable,
        /// 503: FusionAuth's answer to the change of a password is lost, so the password may have changed. The user's sign-ins have ended.
        #[error("{}", PasswordError::MayHaveChanged.message::<Storefront>())]
        PasswordMayHaveChanged = PasswordMayHaveChanged,
        /// 502: FusionAuth's configuration does not match this server's. The log says in what they differ.
        #[error("{}", t!("Sign-in is not set up correctly on this site. Your email and password are not the problem."))]
        SignInMisconfigured = SignInMisconfigured,
        /// 503: the database does not answer, so the user is still signed in. Also used if FusionAuth does not confirm the end of a single
        /// session.
        #[error("{}", t!("You're still signed in because we couldn't save your sign-out. Try again in a moment."))]
        NotSignedOut = NotSignedOut,
        /// 503: this site's sessions have ended; FusionAuth has not revoked the refresh tokens yet.
        #[error("{}", SessionMessage::SignedOutHereOnly.text())]
        SignOutPending = SignOutPending,
        /// 424: FusionAuth has not confirmed yet that the user is signed out everywhere, and would end the new sign-in as well.
        #[error("{}", SignInError::SignOutPending.message::<Storefront>())]
        SignInWaitsForSignOut = SignInWaitsForSignOut,
        /// 400: the request has two values of one sign-in cookie, so another host of the domain must have set one of them.
        #[error("{}", t!("Your browser sends two different sign-in cookies for this site. Delete this site's cookies, then sign in \
                          again."))]
        CookiesAmbiguous = CookiesAmbiguous,
        /// 503 or 500: the database failed.
        #[error(transparent)]
        Database(#[from] sqlx::Error),
        /// 500: an error in this server, such as a router that lacks a required middleware.
        #[error(transparent)]
        Http(#[from] HttpError),
    }

    match error with refused {
        Error::TokenRefused(refusal) => {
            let code = match refusal {
                TokenError::Expired => ProblemCode::TokenExpired,
                TokenError::Audience => ProblemCode::TokenOfAnotherApplication,
                TokenError::Registration => ProblemCode::NotRegistered,
                _ => ProblemCode::TokenInvalid,
            };
            let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{refusal}\"");
            Self::new(code, &error).with_challenge(challenge)
        },
        Error::TooManyAttempts(too_often) => too_often.into(),
        Error::Database(error) => error.into(),
        Error::Http(error) => error.into(),
    }
}

/// RFC 6750 3: the answer to a request without a credential has no error code.
fn refused(code: ProblemCode, error: &Error) -> ProblemResponse {
    let problem = ProblemResponse::new(code, error);
    if problem.status() == StatusCode::UNAUTHORIZED { problem.with_challenge("Bearer".to_owned()) } else { problem }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        ProblemResponse::from(self).into_response()
    }
}

/// Why a request with the cookies of a sign-in is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceMessage {
    /// The browser could not prove that it is the device to which the sign-in is bound.
    NotThisDevice,
    /// The same, but the browser will try again.
    NotProvedYet,
    /// The site accepts only browsers that bind a sign-in to the device.
    KeyRequired,
}

impl DeviceMessage {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::NotThisDevice => {
                t!("Your browser couldn't confirm that this is the device you signed in on. Sign in again to continue.")
            }
            Self::NotProvedYet => {
                t!("Your browser couldn't confirm yet that this is the device you signed in on. Try again in a moment.")
            }
            Self::KeyRequired => {
                t!("This site needs a browser that can tie your sign-in to this device, such as Chrome on Windows. Use one to sign in.")
            }
        }
    }
}
