//! Keeps a connection usable after an answer that does not depend on the body, and limits the length of bodies and the pauses in them.
//!
//! An answer such as 401 can be ready before the server has read the request's body. If the server then neither reads the rest of the body
//! nor sends `Connection: close`, the client sends its next request on a connection that the server is about to close.

use super::body::LIMIT;
use super::json;
use crate::domain::Refusal;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fusionauth_api::errors::Errors;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::{BodyExt as _, Limited};
use percent_encoding::percent_decode_str;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tower_http::timeout::TimeoutBody;

/// How long the server waits for the next part of a body. A reset waits until all requests are handled, so without this limit a client that
/// stops in the middle of its body would block the emulator from the next reset on.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The maximum length of an import of users in bytes. It is enough for some ten thousand users.
const IMPORT_LIMIT: usize = 16 * 1024 * 1024;
/// The maximum number of body bytes that the server reads only to keep the connection.
const DRAIN_LIMIT: usize = 2 * IMPORT_LIMIT;
/// How long the server waits for the rest of a body.
const DRAIN_TIME: Duration = Duration::from_secs(1);

/// Limits the length of the body and the pauses in it.
pub(crate) async fn bound(request: Request, next: Next) -> Response {
    let limit = if request.uri().path() == "/api/user/import" { IMPORT_LIMIT } else { LIMIT };
    if request.body().size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Refusal::TooLong.into_response();
    }
    if percent_decode_str(request.uri().path()).decode_utf8().is_err() {
        // axum would answer with plain text.
        return json(StatusCode::BAD_REQUEST, &Errors::general("[invalidPath]", "The path is not valid UTF-8."));
    }
    next.run(request.map(|it| bounded(it, limit, LONGEST_PAUSE))).await
}

fn bounded(body: Body, limit: usize, longest_pause: Duration) -> Body {
    Body::new(TimeoutBody::new(longest_pause, Limited::new(body, limit)))
}

/// Reads the part of the body that neither an endpoint nor another filter has read. If that part can't be read, the answer closes the
/// connection.
pub(crate) async fn drain(request: Request, next: Next) -> Response {
    let waits_for_continue = request.headers().contains_key(header::EXPECT);
    let (parts, body) = request.into_parts();
    let shared = Shared(Arc::new(Mutex::new(body)));
    let response = next.run(Request::from_parts(parts, Body::new(shared.clone()))).await;
    if shared.is_end_stream() {
        return response;
    }
    let is_short = shared.size_hint().lower() <= u64::try_from(DRAIN_LIMIT).unwrap_or(u64::MAX);
    // A client that waits for `100 Continue` has not sent its body.
    let is_drained = is_short && !waits_for_continue && read_rest(shared).await;
    if is_drained { response } else { closing(response) }
}

/// Reads the rest of the body. Returns `false` if the rest is too long, takes too long or is incomplete.
async fn read_rest(body: Shared) -> bool {
    let mut body = Limited::new(body, DRAIN_LIMIT);
    let read = async {
        while let Some(frame) = body.frame().await {
            if frame.is_err() {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(DRAIN_TIME, read).await.unwrap_or(false)
}

fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A request's body, shared with the endpoint. After the endpoint has dropped its clone, the filter can still read the rest.
#[derive(Clone)]
struct Shared(Arc<Mutex<Body>>);

impl http_body::Body for Shared {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut body = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Pin::new(&mut *body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of which nothing arrives.
    struct Stalled;

    impl http_body::Body for Stalled {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_arriving_is_an_error() {
        assert!(bounded(Body::new(Stalled), 1, Duration::from_millis(1)).collect().await.is_err());
    }
}
