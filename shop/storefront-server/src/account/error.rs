//! Why a request about the account fails, and the problem document for each reason.

use crate::auth::error::Error as AuthError;
use crate::http::{
    problem::{ProblemResponse, errors},
    rate_limit::TooOften,
};
use storefront_api::{MemberError, problems::ProblemCode};
use storefront_messages::{AccountError, PasskeyError, PasswordError, Storefront, VerificationError, t};

errors! {
    /// Why a request about the account fails.
    #[derive(Debug, thiserror::Error)]
    pub enum Error {
        /// 404: no user is signed in to this application. The app sends `GET /api/user` to find that out.
        #[error("Nobody is signed in to this application.")]
        NotSignedIn = NotSignedIn,
        /// 422: members of the request are invalid.
        #[error("{}", t!("Check what you entered."))]
        Invalid(Vec<MemberError>),
        /// 403: the request for a sensitive change has neither the password nor the proof of a recent confirmation.
        #[error("{}", AccountError::PasswordNeeded.message())]
        PasswordNeeded = PasswordNeeded,
        /// 403: the user's email is not proven, and the account must get no passkey or second factor before.
        #[error("{}", AccountError::EmailNotProven.message())]
        EmailNotProven = EmailNotProven,
        /// 403: FusionAuth changes this user's password only with a second-factor code. Only the page of a mailed reset link asks for that
        /// code.
        #[error("{}", AccountError::LinkNeeded.message())]
        LinkNeeded = LinkNeeded,
        /// 502: this site cannot send the code that verifies a new email.
        #[error("{}", AccountError::EmailUnavailable.message())]
        EmailUnavailable = EmailUnavailable,
        /// 429 with `Retry-After`: a message was sent a moment ago.
        #[error("{}", VerificationError::SentAMomentAgo.message::<Storefront>())]
        SentAMomentAgo(TooOften),
        /// 422: FusionAuth rejects the passkey, or has passkeys switched off.
        #[error("{}", PasskeyError::Refused.message())]
        PasskeyRefused = PasskeyRefused,
        /// 429 with `Retry-After`: too many wrong passwords or codes. FusionAuth was not called.
        #[error("{}", PasswordError::TooManyAttempts.message::<Storefront>())]
        TooManyAttempts(#[from] TooOften),
        /// 503: the session may still be valid, because the database or FusionAuth has not confirmed its end.
        #[error("{}", AccountError::SessionNotEnded.message())]
        SessionNotEnded = SessionNotEnded,
        /// FusionAuth or the database does not answer. The status is that of the `auth` error.
        #[error(transparent)]
        Auth(#[from] AuthError),
        /// 503 or 500: the database failed.
        #[error(transparent)]
        Database(#[from] sqlx::Error),
    }

    match error with ProblemResponse::new {
        Error::Invalid(ref fields) => Self::invalid(&error, fields.clone()),
        Error::SentAMomentAgo(too_often) => too_often.problem(ProblemCode::SentAMomentAgo, &error),
        Error::TooManyAttempts(too_often) => too_often.into(),
        Error::Auth(error) => error.into(),
        Error::Database(error) => error.into(),
    }
}

impl Error {
    /// One invalid member.
    pub(crate) fn of_field(field: &str, code: &str, message: &str) -> Self {
        Self::Invalid(vec![MemberError { field: field.to_owned(), code: code.to_owned(), message: message.to_owned() }])
    }
}
