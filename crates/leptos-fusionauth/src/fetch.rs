use crate::browser::request::{self, Kind, NoAnswer, Outgoing};
use fusionauth_session::Pass;
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
    /// Nobody is signed in (any more), or somebody else than when the request was made. Show the sign-in form; a guard
    /// does it by itself.
    #[error("nobody is signed in")]
    SignedOut,
    /// The session can't be renewed just now. Offer a retry.
    #[error("the session can't be renewed right now")]
    Reconnecting,
    /// No answer: offline, refused connection, CORS. Offer a retry.
    #[error("no answer from the server")]
    Network,
    /// No answer within 15 seconds. Offer a retry.
    #[error("no answer in time")]
    Timeout,
}

/// Sends a request without a token: for public data. Dropping the future aborts it.
pub async fn fetch_public(request: ApiRequest) -> Result<gloo_net::http::Response, FetchError> {
    send(&request, None).await
}

/// How long a backend may take to answer.
const API_LIMIT_MS: i32 = 15_000;

pub(crate) async fn send(request: &ApiRequest, pass: Option<&Pass>) -> Result<gloo_net::http::Response, FetchError> {
    let (authorization, kind) = match pass {
        Some(Pass::Token(grant)) => (Some(["Bearer ", grant.token.expose()].concat()), Kind::Plain),
        Some(Pass::Cookie(_)) => (None, Kind::Cookies),
        None => (None, Kind::Plain),
    };
    let mut headers = Vec::with_capacity(2);
    headers.extend(authorization.as_deref().map(|it| ("Authorization", it)));
    headers.extend(request.body.is_some().then_some(("Content-Type", "application/json")));
    let outgoing = Outgoing {
        method: match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        },
        url: &request.url,
        headers: &headers,
        body: request.body.as_deref(),
        kind,
    };
    let answer = request::send(&outgoing, API_LIMIT_MS).await;
    answer.map(Into::into).map_err(|it| match it {
        NoAnswer::Network => FetchError::Network,
        NoAnswer::Timeout => FetchError::Timeout,
    })
}
