//! Sends the requests of the account page to the backend: one function for each endpoint, which returns the decoded answer.

use crate::data::client::{ApiError, fetch, request};
use leptos_fusionauth::{ApiRequest, Method, Session};
use storefront_api::{UpdateUser, User};

/// The person whom the backend takes for signed in.
pub async fn user(session: Session) -> Result<User, ApiError> {
    fetch(session, ApiRequest::get("/api/user")).await
}

/// Changes the name that other people see.
pub async fn update_user(session: Session, body: &UpdateUser) -> Result<User, ApiError> {
    fetch(session, request(Method::PUT, "/api/user", body, None)).await
}
