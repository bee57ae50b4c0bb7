//! The common part of the extractors for JSON bodies and for forms: the check of the media type, the limit, and reading the body.

use crate::http::error::Error;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, body::Bytes};

/// Limits the bodies of all requests to these routes, in bytes. The server rejects a request with a larger `Content-Length` without reading
/// its body. If a request has no `Content-Length`, reading its body stops at the limit.
pub fn with_body_limit<S: Clone + Send + Sync + 'static>(routes: Router<S>, limit: usize) -> Router<S> {
    routes.layer(DefaultBodyLimit::max(limit)).layer(middleware::from_fn_with_state(limit, refuse_long_body))
}

async fn refuse_long_body(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|it| it > limit as u64) { Error::BodyTooLong.into_response() } else { next.run(request).await }
}

/// Reads the whole body.
///
/// # Errors
/// [`Error::BodyTooLong`], or [`Error::BodyMalformed`] if the connection ended before the end of the body.
pub async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::BodyTooLong,
        _ => Error::BodyMalformed,
    })
}

/// Whether `Content-Type` names this media type, with any parameters.
pub fn has_media_type(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case(media_type))
}
