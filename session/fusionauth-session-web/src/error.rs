//! The errors of a request to the application's backend.

use fusionauth_session::CredentialError;
use thiserror::Error;

/// Why a request has no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Nobody is signed in, or another user has signed in since the request was made. Show the sign-in form.
    #[error("nobody is signed in")]
    SignedOut,
    /// The session can't be renewed at the moment. Offer a retry.
    #[error("the session can't be renewed right now")]
    Reconnecting,
    /// No answer: offline, refused connection, CORS. Offer a retry.
    #[error("no answer from the server")]
    Network,
    /// No complete answer within the request's time limit. Offer a retry.
    #[error("no answer in time")]
    Timeout,
    /// The URL has neither the page's own origin nor one of [`SessionConfig::api_origins`](crate::SessionConfig::api_origins). Nothing was
    /// sent.
    #[error("the session's credentials must not go to this origin: see SessionConfig::api_origins")]
    ForeignOrigin,
    /// The answer's body is not the JSON that was expected.
    #[error("the answer is not the JSON that was expected")]
    Unreadable,
}

impl FetchError {
    pub(crate) fn of(error: CredentialError) -> Self {
        match error {
            CredentialError::Reconnecting => Self::Reconnecting,
            // `Forbidden` does not get here, because `Session::fetch` then returns the backend's answer.
            CredentialError::SignedOut | CredentialError::Forbidden => Self::SignedOut,
        }
    }
}
