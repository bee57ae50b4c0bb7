//! Extractor for query parameters.

use crate::domain::Refusal;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fusionauth_api::errors::Errors;
use serde::de::DeserializeOwned;

/// The query's parameters. Unknown parameters are ignored. axum's own extractor is not used, because it answers in plain text, and could
/// repeat an invalid value.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query.map(|it| Self(it.0)).map_err(|_| Errors::general("[invalidParameters]", "The query can't be read.").into())
    }
}
