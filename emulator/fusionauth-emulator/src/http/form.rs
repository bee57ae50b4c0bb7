//! Reads form-encoded request bodies.

use super::body::{self, JsonBody, media_type};
use crate::domain::Refusal;
use axum::extract::{FromRequest, Request};
use fusionauth_api::errors::Errors;
use serde::de::DeserializeOwned;

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
