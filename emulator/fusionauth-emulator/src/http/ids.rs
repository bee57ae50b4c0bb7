//! Extractors that read a resource's id from the path.

use crate::domain::Refusal;
use crate::state::AppState;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;
use uuid::Uuid;

/// The id of a new resource: the last parameter of the path, or a random id if the path has no parameter.
pub(crate) struct NewId(pub(crate) Uuid);

/// The id of an existing resource: the last parameter of the path. The answer is 404 if the parameter is not a UUID.
pub(crate) struct ExistingId(pub(crate) Uuid);

impl FromRequestParts<Arc<AppState>> for NewId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, emulator: &Arc<AppState>) -> Result<Self, Refusal> {
        let Some((name, text)) = last_parameter(parts).await else { return Ok(Self(emulator.random.uuid())) };
        text.parse().map(Self).map_err(|_| Refusal::field("couldNotConvert", &name, "This is not a UUID."))
    }
}

impl FromRequestParts<Arc<AppState>> for ExistingId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _emulator: &Arc<AppState>) -> Result<Self, Refusal> {
        let parameter = last_parameter(parts).await;
        Ok(Self(parameter.and_then(|(_, text)| text.parse().ok()).ok_or(StatusCode::NOT_FOUND)?))
    }
}

/// The name and value of the last parameter of the path.
async fn last_parameter(parts: &mut Parts) -> Option<(String, String)> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    parameters.iter().last().map(|(name, value)| (name.to_owned(), value.to_owned()))
}
