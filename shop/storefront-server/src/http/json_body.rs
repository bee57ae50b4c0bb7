//! The extractor of JSON bodies. The response to an invalid body is a problem document. It names the invalid member, and repeats nothing
//! else of the body, because the body may contain a password.

use crate::http::body::{has_media_type, read_body};
use crate::http::error::Error;
use axum::Json;
use axum::extract::{FromRequest, Request, rejection::JsonRejection};
use serde::de::DeserializeOwned;

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
