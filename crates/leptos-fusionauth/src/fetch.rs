use crate::browser::request::{self, Kind, NoAnswer, Outgoing, Sending};
use fusionauth_session::Credential;
use thiserror::Error;
use wasm_bindgen::JsValue;

/// A request to the application's own backend.
#[derive(Clone, Debug)]
pub struct ApiRequest {
    /// The method.
    pub method: Method,
    /// Absolute path or URL.
    pub url: String,
    /// A JSON body, already encoded (see [`crate::json::encode`]).
    pub body: Option<String>,
    /// The `Idempotency-Key` header, by which a backend recognises a repeated request. Give each write a key of its own, and send it
    /// again with the same key where the answer was lost.
    pub idempotency_key: Option<String>,
}

impl ApiRequest {
    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: Method::Get, url: url.into(), body: None, idempotency_key: None }
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
    answer(send(&request, None).await)
}

/// What an authorized request asks the session for.
pub(crate) enum TokenRequest {
    /// A pass that is usable: at once where there is one, else after one renewal.
    Any,
    /// A better one than what a backend refused.
    AfterUnauthorized(Credential),
    /// To know whether there is still a session, after a backend refused the better one as well.
    AfterSecondUnauthorized(Credential),
}

/// How long a backend may take to answer.
const API_LIMIT_MS: i32 = 15_000;

/// Sends a request; [`answer`] takes what it comes to.
pub(crate) fn send(request: &ApiRequest, credential: Option<&Credential>) -> Sending {
    let (token, kind) = match credential {
        Some(Credential::Token(grant)) => (Some(grant.token.expose()), Kind::Plain),
        Some(Credential::Cookie(_)) => (None, Kind::Cookies),
        None => (None, Kind::Plain),
    };
    Sending::headers(&Outgoing {
        method: match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        },
        url: &request.url,
        body: request.body.as_deref(),
        token,
        tenant: None,
        idempotency_key: request.idempotency_key.as_deref(),
        kind,
        limit_ms: API_LIMIT_MS,
    })
}

pub(crate) fn answer(sent: Result<JsValue, NoAnswer>) -> Result<gloo_net::http::Response, FetchError> {
    match sent {
        Ok(answer) => Ok(request::response(answer)),
        Err(NoAnswer::Network) => Err(FetchError::Network),
        Err(NoAnswer::Timeout) => Err(FetchError::Timeout),
    }
}
