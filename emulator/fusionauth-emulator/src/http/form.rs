//! Reads form-encoded request bodies.

use super::body::{self, JsonBody, LIMIT, media_type};
use crate::domain::Refusal;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use fusionauth_api::errors::Errors;
use serde::de::DeserializeOwned;

/// Reads a form-encoded body, the only kind that OAuth endpoints accept. If there is no body, this function reads the query, as FusionAuth
/// does: the tests of <https://github.com/trevorr/express-jwt-fusionauth>, which ran against 1.48.3, request tokens in this way. `Err` says
/// what was expected, never what the request contained.
pub(crate) async fn form<T: DeserializeOwned>(request: Request) -> Result<T, String> {
    let is_form = media_type(request.headers()) == "application/x-www-form-urlencoded";
    let query = request.uri().query().unwrap_or_default().to_owned();
    let bytes =
        Bytes::from_request(request, &()).await.map_err(|_| format!("The body could not be read, or is longer than {LIMIT} bytes."))?;
    if !is_form && !bytes.is_empty() {
        return Err("The Content-Type must be application/x-www-form-urlencoded.".to_owned());
    }
    let text = if bytes.is_empty() { query.as_bytes() } else { &bytes };
    // The parser's own errors are not used, because they repeat the text, which may be a secret.
    serde_urlencoded::from_bytes(text).map_err(|_| "The form can't be read: a parameter occurs twice or has an invalid value.".to_owned())
}

/// A body that a caller may send as JSON or form-encoded, such as a token that must not be in a URL.
pub(crate) struct FormOrJson<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormOrJson<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        if media_type(request.headers()) != "application/x-www-form-urlencoded" {
            return JsonBody::from_request(request, state).await.map(|JsonBody(it)| Self(it));
        }
        let bytes = body::read_all(request, state).await?;
        let form = serde_urlencoded::from_bytes(&bytes);
        form.map(Self).map_err(|_| Errors::general("[invalidParameters]", "The form can't be read.").into())
    }
}
