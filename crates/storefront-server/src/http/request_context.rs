//! The request id, the time limit and the log line of every request.
//!
//! tower-http's layers for these three answer a time-out without a problem document and log the whole path, and some paths hold an id
//! that opens an account. One middleware does all three, because the log line needs the id and the limit.

use crate::http::{error::Error, host::host};
use crate::traces::{self, Part};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use std::time::{Duration, Instant};
use tracing::{Instrument, field::Empty};
use uuid::Uuid;

/// The header with the id, in requests from a proxy and in every response.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware. The id that a proxy has given the request is kept if it is short and plain, so that the logs of both can be joined. The
/// log names method and path, and never a query, a header or a body.
pub async fn add_request_context(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|it| looks_like_an_id(it)).cloned().unwrap_or_else(new_id);
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        host = host(request.headers()).unwrap_or_default(),
        path = %logged_path(request.uri().path()),
        otel.kind = Empty,
    );
    traces::set_part(&span, Part::Answers);
    traces::continue_trace(&span, request.headers());
    async {
        let began = Instant::now();
        let answered = tokio::time::timeout(limit, next.run(request)).await;
        let mut response = answered.unwrap_or_else(|_| Error::Timeout.into_response());
        response.headers_mut().insert(REQUEST_ID, id);
        tracing::info!(status = response.status().as_u16(), ms = began.elapsed().as_millis() as u64, "answered");
        response
    }
    .instrument(span)
    .await
}

/// The path without the ids that choose a new password or verify an e-mail address: a reader of the log could use them.
fn logged_path(path: &str) -> Cow<'_, str> {
    const BEFORE_SECRET: [&str; 5] = [
        "/api/user/change-password/",
        "/api/user/verify-email/",
        "/api/user/verify-registration/",
        "/password/change/",
        "/change-password/",
    ];
    match BEFORE_SECRET.into_iter().find(|it| path.len() > it.len() && path.to_ascii_lowercase().starts_with(it)) {
        Some(before) => Cow::Owned(format!("{before}{{id}}")),
        None => Cow::Borrowed(path),
    }
}

fn looks_like_an_id(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (8..=64).contains(&bytes.len()) && bytes.iter().all(|it| it.is_ascii_alphanumeric() || *it == b'-')
}

fn new_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::new_v4().to_string()).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_that_opens_an_account_is_logged() {
        for (path, logged) in [
            ("/api/user/change-password/YkQY5Gsyo4Rl", "/api/user/change-password/{id}"),
            ("/api/user/Change-Password/YkQY5Gsyo4Rl/more", "/api/user/change-password/{id}"),
            ("/api/user/verify-email/YkQY5Gsyo4Rl", "/api/user/verify-email/{id}"),
            ("/api/user/verify-registration/YkQY5Gsyo4Rl", "/api/user/verify-registration/{id}"),
            ("/password/change/YkQY5Gsyo4Rl", "/password/change/{id}"),
            ("/change-password/YkQY5Gsyo4Rl", "/change-password/{id}"),
            ("/change-password", "/change-password"),
            ("/api/user/change-password", "/api/user/change-password"),
            ("/api/login", "/api/login"),
        ] {
            assert_eq!(logged_path(path), logged);
        }
    }
}
