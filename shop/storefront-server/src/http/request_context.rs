//! The request id, the time limit and the log line of every request.
//!
//! tower-http has layers for these three, but they answer a timeout without a problem document and log the whole path, and some paths
//! contain an id that gives access to an account. One middleware does all three, because the log line needs the id and covers timeouts. The
//! middleware logs the pattern of the route, and for a path without a route it logs no path at all.

use crate::http::traces::{self, SpanRole};
use crate::http::{error::Error, host::host};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::{Duration, Instant};
use tracing::{Instrument, field::Empty};
use uuid::Uuid;

/// The header with the id, in requests from a proxy and in every response.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware. A request id from a proxy is kept if it is short and plain, so that operators can match the logs of the proxy and of this
/// server. The log line contains the method, the host and the route, and never a path, a query, another header or a body.
pub async fn add_request_context(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID).filter(|it| looks_like_an_id(it)).cloned().unwrap_or_else(new_id);
    let span = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method = %request.method(),
        host = host(request.headers()).unwrap_or_default(),
        route = request.extensions().get().map(MatchedPath::as_str),
        otel.kind = Empty,
    );
    traces::set_role(&span, SpanRole::Server);
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

fn looks_like_an_id(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (8..=64).contains(&bytes.len()) && bytes.iter().all(|it| it.is_ascii_alphanumeric() || *it == b'-')
}

fn new_id() -> HeaderValue {
    HeaderValue::try_from(Uuid::new_v4().to_string()).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}
