//! The extractor that a handler takes as an argument when it needs the signed-in user. A handler with this argument is never called without
//! a valid credential.

use crate::auth::{authenticator::Authenticator, cookies::Cookies, error::Error, verify::Identity};
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use std::sync::Arc;

/// The user who sends this request.
#[derive(Clone, Debug)]
pub struct CurrentUser(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser
where
    Arc<Authenticator>: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let cookies = Cookies::from_request_parts(parts, state).await?;
        Arc::<Authenticator>::from_ref(state).identify(&parts.headers, &cookies).await.map(Self)
    }
}
