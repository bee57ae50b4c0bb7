//! The calls of the account pages.

use crate::data::client::{ApiError, fetch};
use leptos_fusionauth::{ApiRequest, Session};
use storefront_api::User;

/// The person whom the backend takes for signed in.
pub async fn user(session: Session) -> Result<User, ApiError> {
    fetch(session, ApiRequest::get("/api/user")).await
}
