use super::body::LIMIT;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

/// Reads a form-encoded body, which is the only kind that OAuth endpoints take; never a query. `Err` says what was expected.
pub(crate) async fn form<T: DeserializeOwned>(request: Request) -> Result<T, String> {
    if !is_form(request.headers()) {
        return Err("The Content-Type must be application/x-www-form-urlencoded.".to_owned());
    }
    let bytes =
        Bytes::from_request(request, &()).await.map_err(|_| format!("The body could not be read, or is longer than {LIMIT} bytes."))?;
    // serde_urlencoded's errors repeat what stood there, which could be a secret.
    serde_urlencoded::from_bytes(&bytes).map_err(|_| "The form can't be read: a parameter comes twice or has no such value.".to_owned())
}

fn is_form(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
