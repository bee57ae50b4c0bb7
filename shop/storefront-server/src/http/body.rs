//! The bodies of requests: their limit, their media type, and the extractor for JSON. The response to invalid JSON is a problem document. It
//! names the invalid member, and repeats nothing else of the body, because the body may contain a password.

use crate::http::error::Error;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State, rejection::JsonRejection};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, body::Bytes};
use serde::de::DeserializeOwned;

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

/// The maximum length of a body, in bytes: large enough for a post of 2000 characters, each escaped as `\uXXXX\uXXXX`.
pub const MAX_BODY_BYTES: usize = 32 * 1024;

/// The body of a request, read from JSON.
#[derive(Clone, Copy, Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !has_media_type(request.headers(), "application/json") {
            return Err(Error::BodyNotJson);
        }
        let bytes = read_body(request, state).await?;
        // serde would accept an array instead of an object, with the members in the order of the type.
        if bytes.trim_ascii_start().starts_with(b"[") {
            return Err(Error::BodyShape("a list in place of an object".to_owned()));
        }
        match Json::from_bytes(&bytes) {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonDataError(error)) => Err(Error::BodyShape(shape_fault(&error))),
            Err(_) => Err(Error::BodyMalformed),
        }
    }
}

/// serde's message without its quotes from the body: the member's name and the expected type.
fn shape_fault(error: &dyn std::error::Error) -> String {
    let text = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    match text.split_once(": ") {
        // "quantity: invalid type: string \"…\", expected i64 at line 1 column 17"
        Some((member, rest)) if !member.contains(' ') => match rest.split_once("expected ") {
            Some((_, expected)) => format!("`{member}` must be {}", expected.split(" at line").next().unwrap_or(expected)),
            None => format!("`{member}`"),
        },
        _ if text.starts_with("missing field") => text.split(" at line").next().unwrap_or_default().to_owned(),
        _ => "an unknown member or a wrong type".to_owned(),
    }
}
