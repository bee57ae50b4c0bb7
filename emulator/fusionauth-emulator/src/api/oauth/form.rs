//! Extractor for the form of a request to an OAuth endpoint.

use super::error::OauthError;
use crate::http::body::{LIMIT, media_type};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// The parameters in a form-encoded body, the only kind that OAuth endpoints accept. If there is no body, this extractor reads the query, as
/// FusionAuth does: the tests of <https://github.com/trevorr/express-jwt-fusionauth>, which ran against 1.48.3, request tokens in this way.
/// An error says what was expected, never what the request contained.
pub(super) struct FormBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormBody<T> {
    type Rejection = OauthError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, OauthError> {
        let refused = |description: String| OauthError::Request("unknown", description);
        let is_form = media_type(request.headers()) == "application/x-www-form-urlencoded";
        let query = request.uri().query().unwrap_or_default().to_owned();
        let bytes = Bytes::from_request(request, &()).await;
        let bytes = bytes.map_err(|_| refused(format!("The body could not be read, or is longer than {LIMIT} bytes.")))?;
        if !is_form && !bytes.is_empty() {
            return Err(refused("The Content-Type must be application/x-www-form-urlencoded.".to_owned()));
        }
        let text = if bytes.is_empty() { query.as_bytes() } else { &bytes };
        // The parser's own errors are not used, because they repeat the text, which may be a secret.
        let form = serde_urlencoded::from_bytes(text);
        form.map(Self).map_err(|_| refused("The form can't be read: a parameter occurs twice or has an invalid value.".to_owned()))
    }
}
