//! Why a sign-in or a registration fails, and the problem document for each reason.

use crate::auth::error::Error as AuthError;
use crate::http::{
    problem::{ProblemResponse, errors},
    rate_limit::TooOften,
};
use storefront_api::{MemberError, problems::ProblemCode};
use storefront_messages::{PasskeySignInError, PasswordlessError, SignInError, Storefront, VerificationError, t};

errors! {
    /// Why a sign-in or a registration fails.
    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        /// FusionAuth refused the sign-in, with the status of [`problem_code`].
        #[error("{}", .0.message::<Storefront>())]
        Refused(SignInError),
        /// 400: FusionAuth rejected the request. The application id may be wrong, or the client has not checked its form.
        #[error("{}", t!("FusionAuth rejected this sign-in request. Check that you entered your email and password."))]
        CredentialsMalformed = CredentialsMalformed,
        /// 404: FusionAuth has passkeys switched off, or this user has none.
        #[error("{}", PasskeySignInError::NotUsed.message::<Storefront>())]
        NoPasskey = NoPasskey,
        /// 403: FusionAuth does not allow sign-ins without a password, or is not set up for them. The log says why.
        #[error("{}", PasswordlessError::NotConfigured.message::<Storefront>())]
        NoPasswordless = NoPasswordless,
        /// 429 with `Retry-After`: too many wrong passwords, wrong codes or registrations. FusionAuth was not called.
        #[error("{}", SignInError::TooManyAttempts.message::<Storefront>())]
        TooManyAttempts(#[from] TooOften),
        /// 429 with `Retry-After`: a message was sent to this recipient a moment ago, or too many were sent from this client address.
        /// FusionAuth was not called.
        #[error("{}", VerificationError::SentAMomentAgo.message::<Storefront>())]
        MessageTooSoon(TooOften),
        /// 400, 403, 404, 429 or 503, as in FusionAuth: the verification failed, or its message was not sent.
        #[error("{}", .0.message::<Storefront>())]
        Verification(VerificationError),
        /// 422: members of a registration are invalid.
        #[error("{}", t!("Check what you entered."))]
        Invalid(Vec<MemberError>),
        /// 503: this server has no valid API key for registrations, or FusionAuth rejects what this server sends. The log says which of the
        /// two.
        #[error("{}", t!("We can't accept new registrations right now."))]
        RegistrationClosed = RegistrationClosed,
        /// 503 or 500: the database failed.
        #[error(transparent)]
        Database(#[from] sqlx::Error),
        /// FusionAuth does not answer, or this server refuses the new token. The status is that of the inner error.
        #[error(transparent)]
        Auth(#[from] AuthError),
    }

    match error with ProblemResponse::new {
        Error::Refused(ref cause) => Self::new(problem_code(cause), &error),
        Error::TooManyAttempts(too_often) => too_often.into(),
        Error::MessageTooSoon(too_often) => too_often.problem(ProblemCode::MessageTooSoon, &error),
        Error::Verification(failure) => {
            let code = match failure {
                VerificationError::Blank | VerificationError::WrongCode => ProblemCode::CodeMistyped,
                VerificationError::Expired => ProblemCode::VerificationExpired,
                VerificationError::NotConfigured => ProblemCode::NothingToVerify,
                VerificationError::SentAMomentAgo | VerificationError::TooManyAttempts => ProblemCode::VerificationLimited,
                VerificationError::Unavailable => ProblemCode::VerificationUnavailable,
            };
            Self::new(code, &error)
        },
        Error::Invalid(ref fields) => Self::invalid(&error, fields.clone()),
        Error::Database(error) => error.into(),
        Error::Auth(error) => error.into(),
    }
}

/// The problem that the API answers for an error that a form shows. Its status is FusionAuth's own, so that the session library in the browser
/// reads the answers of both. The exception is a wrong code: FusionAuth's status is 421, after which browsers send the code again.
pub fn problem_code(error: &SignInError) -> ProblemCode {
    match error {
        SignInError::Missing(_) => ProblemCode::Invalid,
        SignInError::InvalidCredentials => ProblemCode::CredentialsRefused,
        SignInError::InvalidCode => ProblemCode::CodeRefused,
        SignInError::CodeExpired => ProblemCode::TwoFactorExpired,
        SignInError::Prevented => ProblemCode::SignInPrevented,
        SignInError::TooManyAttempts => ProblemCode::TooManyAttempts,
        SignInError::AccountExpired => ProblemCode::AccountExpired,
        SignInError::Locked => ProblemCode::AccountLocked,
        SignInError::Misconfigured(_) => ProblemCode::SignInMisconfigured,
        SignInError::SignOutPending => ProblemCode::SignInWaitsForSignOut,
        SignInError::Unavailable | SignInError::NoAnswer => ProblemCode::SignInServiceUnavailable,
    }
}
