//! Which host a request asks for.

use axum::{extract::Request, http::header::HOST};

/// The host and port that was asked.
pub(crate) fn host(request: &Request) -> Option<&str> {
    match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => request.headers().get(HOST)?.to_str().ok(),
    }
}
