//! Reads form-encoded request bodies.

use super::body::{LIMIT, media_type};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// Reads a form-encoded body, the only kind that OAuth endpoints accept. `Err` says what was expected, never what the body contained.
pub(crate) async fn form<T: DeserializeOwned>(request: Request) -> Result<T, String> {
    if media_type(request.headers()) != "application/x-www-form-urlencoded" {
        return Err("The Content-Type must be application/x-www-form-urlencoded.".to_owned());
    }
    let bytes =
        Bytes::from_request(request, &()).await.map_err(|_| format!("The body could not be read, or is longer than {LIMIT} bytes."))?;
    // The parser's own errors are not used, because they repeat the text, which may be a secret.
    serde_urlencoded::from_bytes(&bytes).map_err(|_| "The form can't be read: a parameter occurs twice or has an invalid value.".to_owned())
}
