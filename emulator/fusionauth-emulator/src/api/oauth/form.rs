//! Extractor for the form of a request to an OAuth endpoint.

use super::error::OauthError;
use crate::http::form::form;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// The parameters in the body, or, without a body, in the query.
pub(super) struct FormBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormBody<T> {
    type Rejection = OauthError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, OauthError> {
        form(request).await.map(Self).map_err(|description| OauthError::Request("unknown", description))
    }
}
