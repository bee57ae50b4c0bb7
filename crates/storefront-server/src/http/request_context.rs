//! What happens around every request: an id, a time limit, one log line.

use crate::http::error::Error;
use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

/// The header that carries the id, in both directions.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware. The id of a proxy in front of us is kept if it looks like one, so that both logs can be joined. The log
/// names method and path: no query, no header, no body.
pub async fn wrap(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|it| looks_like_an_id(it)).cloned().unwrap_or_else(new_id);
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        host = crate::http::host::host(&request).unwrap_or_default(),
        path = request.uri().path(),
    );
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

fn looks_like_an_id(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (8..=64).contains(&bytes.len()) && bytes.iter().all(|it| it.is_ascii_alphanumeric() || *it == b'-')
}

fn new_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::new_v4().to_string()).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}
