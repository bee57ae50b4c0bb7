//! Why a request about the account fails, and the problem document for each reason.

use crate::http::problem::ProblemResponse;
use axum::http::StatusCode;
use storefront_api::FieldError;

/// Why a request about the account fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 404: no user is signed in to this application. The app asks in order to find out.
    #[error("Nobody is signed in to this application.")]
    NotSignedIn,
    /// 422: members of the request are at fault.
    #[error("Some of what was sent cannot be used.")]
    Invalid(Vec<FieldError>),
    /// 503 or 500: the database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for ProblemResponse {
    fn from(error: Error) -> Self {
        match error {
            Error::NotSignedIn => Self::new(StatusCode::NOT_FOUND, "not-signed-in", "Not signed in", &error),
            Error::Invalid(ref fields) => Self::invalid(&error, fields.clone()),
            Error::Database(error) => error.into(),
        }
    }
}
