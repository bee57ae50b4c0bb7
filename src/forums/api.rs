//! Sends the requests of the Forums to the backend: one function for each endpoint, which returns the decoded answer.

use crate::data::client::{ApiError, fetch, request};
use leptos_fusionauth::{ApiRequest, Method, Session};
use storefront_api::{NewPost, Post};

/// The posts, newest first.
pub async fn posts(session: Session) -> Result<Vec<Post>, ApiError> {
    fetch(session, ApiRequest::get("/api/load-posts")).await
}

/// Publishes a post. All tries of one post have the same key, so that the backend publishes it once.
pub async fn write_post(session: Session, body: String, key: String) -> Result<Post, ApiError> {
    fetch(session, request(Method::POST, "/api/posts", &NewPost { body }, Some(key))).await
}
