//! Bodies that are too long are refused before they are sent.

use crate::http::error::Error;
use axum::{
    extract::{Request, State},
    http::header::CONTENT_LENGTH,
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Middleware: refuses a request whose `Content-Length` is above `limit` bytes. A body without a length is cut off while it is read.
pub async fn refuse_long_body(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|it| it > limit as u64) { Error::BodyTooLong.into_response() } else { next.run(request).await }
}
