//! A call to the backend: its answer as a value, or an error with a text for people. The features' `api` modules hold the calls;
//! nothing else in the app knows an address or a status.

use leptos_fusionauth::{ApiRequest, FetchError, Method, Session, fetch_public, json};
use serde::{Serialize, de::DeserializeOwned};
use storefront_api::Problem;
use thiserror::Error;

/// Why a call has no usable answer. The texts are for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// The session has ended. The guard shows the sign-in form.
    #[error("You are signed out. Sign in to continue.")]
    SignedOut,
    /// The backend refused, and said why.
    #[error("{}", explain(.0))]
    Problem(Problem),
    /// There was no answer, or none about the request: another try may help.
    #[error("{}", explain_missing_answer(*.0))]
    NoAnswer(FetchError),
    /// The answer is not the JSON that was agreed.
    #[error("The service has a problem at the moment. Try again in a minute.")]
    Unreadable,
}

impl ApiError {
    /// Whether the same request may succeed later, so that "Try again" makes sense.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.status >= 500 || problem.status == 429,
            Self::NoAnswer(_) | Self::Unreadable => true,
            Self::SignedOut => false,
        }
    }
}

impl From<FetchError> for ApiError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::SignedOut => Self::SignedOut,
            FetchError::Reconnecting | FetchError::Network | FetchError::Timeout => Self::NoAnswer(error),
        }
    }
}

/// An answer of the backend, with whatever status.
pub type Response = gloo_net::http::Response;

/// A request with a JSON body. `idempotency_key`: one key for all tries of a write that must not be done twice.
pub fn request(method: Method, url: impl Into<String>, body: &impl Serialize, idempotency_key: Option<String>) -> ApiRequest {
    ApiRequest { method, url: url.into(), body: Some(json::encode(body)), idempotency_key }
}

/// Sends a request on behalf of whoever is signed in, and decodes the answer.
pub async fn fetch<T: DeserializeOwned>(session: Session, request: ApiRequest) -> Result<T, ApiError> {
    decode(session.fetch(request).await?).await
}

/// Sends a request that needs no session, and decodes the answer.
pub async fn fetch_anonymous<T: DeserializeOwned>(request: ApiRequest) -> Result<T, ApiError> {
    decode(fetch_public(request).await?).await
}

/// Decodes an answer with a 2xx status; any other becomes an error.
pub async fn decode<T: DeserializeOwned>(response: Response) -> Result<T, ApiError> {
    if response.ok() {
        return json::decode_body(response).await.map_err(|_| ApiError::Unreadable);
    }
    Err(json::decode_body(response).await.map_or(ApiError::Unreadable, ApiError::Problem))
}

fn explain(problem: &Problem) -> &str {
    match &problem.detail {
        Some(detail) if problem.status < 500 => detail,
        _ if problem.status < 500 => &problem.title,
        _ => "The service has a problem at the moment. Nothing was lost. Try again in a minute.",
    }
}

fn explain_missing_answer(error: FetchError) -> &'static str {
    match error {
        FetchError::Reconnecting => "Your sign-in can't be renewed right now. Nothing was lost. Try again in a moment.",
        FetchError::SignedOut | FetchError::Network | FetchError::Timeout => {
            "The service could not be reached. Nothing was lost. Check your connection and try again."
        }
    }
}
