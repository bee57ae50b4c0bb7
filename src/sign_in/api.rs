//! The calls of registration. Sign-in itself goes through the session library.

use crate::data::client::{ApiError, decode, request};
use leptos_fusionauth::{Method, fetch_public, json};
use storefront_api::{FieldError, Register};

/// Why there is no new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// These members of the request cannot be used.
    Fields(Vec<FieldError>),
    /// Any other reason.
    Other(ApiError),
}

/// The part of a [`storefront_api::ValidationProblem`] that this form shows.
#[derive(serde::Deserialize)]
struct InvalidFields {
    errors: Vec<FieldError>,
}

/// Makes an account for the Store and the Forums. Needs no session. All tries of one registration have the same key, so that the backend
/// does not take the second for another person with the same address.
pub async fn register(body: &Register, key: String) -> Result<(), RegisterError> {
    let request = request(Method::Post, "/api/register", body, Some(key));
    let response = fetch_public(request).await.map_err(|error| RegisterError::Other(error.into()))?;
    if response.status() == 422 {
        let invalid = json::decode_body::<InvalidFields>(response).await;
        return Err(invalid.map_or(RegisterError::Other(ApiError::Unreadable), |it| RegisterError::Fields(it.errors)));
    }
    if response.ok() {
        return Ok(());
    }
    Err(RegisterError::Other(decode::<()>(response).await.err().unwrap_or(ApiError::Unreadable)))
}
