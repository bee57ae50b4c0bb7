//! `GET /api/user`: who is signed in to this application.
//!
//! | credential | answer |
//! |---|---|
//! | good access token | 200 with the user |
//! | none, or a sound token of another application | 404: nobody is signed in here |
//! | expired and nothing else wrong | 401: renew, then ask again |
//! | anything else | 401 |

use crate::{
    app::Backend,
    error::Error,
    shopper::{Credential, credential},
    verify::Fault,
};
use axum::{Json, Router, extract::State, http::HeaderMap, routing::get};
use storefront_api::User;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/user", get(user))
}

async fn user(State(backend): State<Backend>, headers: HeaderMap) -> Result<Json<User>, Error> {
    let token = match credential(&headers) {
        Credential::None => return Err(Error::NotSignedIn),
        Credential::Unreadable => return Err(Error::TokenRefused(Fault::Malformed)),
        Credential::Bearer(token) => token,
    };
    match backend.verifier.verify(&token).await {
        Ok(identity) => Ok(Json(User { id: identity.user_id, email: identity.email })),
        Err(Error::TokenRefused(Fault::Audience)) => Err(Error::NotSignedIn),
        Err(error) => Err(error),
    }
}
