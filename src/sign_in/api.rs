//! Sends the registration form to the backend. A sign-in itself goes through the session library.

use crate::data::client::{ApiError, fetch_anonymous, request};
use leptos_fusionauth::Method;
use storefront_api::{Register, User};

/// Makes an account for the Store and the Forums. Needs no session. All tries of one registration have the same key, so that the backend
/// does not take the second for another person with the same address.
pub async fn register(body: &Register, key: String) -> Result<User, ApiError> {
    fetch_anonymous(request(Method::POST, "/api/register", body, Some(key))).await
}
