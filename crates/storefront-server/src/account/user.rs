//! `GET /api/user`: who is signed in to this application.
//!
//! | credential | answer |
//! |---|---|
//! | good | 200 with the user |
//! | none, or a sound token of another application or of somebody not registered | 404: nobody is signed in here |
//! | expired and nothing else wrong, and the browser renews | 401: renew, then ask again |
//! | expired and nothing else wrong, and this server renews | 200 with new cookies; 401 if the refresh token is refused |
//! | anything else | 401 |

use crate::{
    auth::{current_user::Shopper, verify::Fault},
    http::error::Error,
    state::Backend,
};
use axum::{Json, Router, routing::get};
use storefront_api::User;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/user", get(user))
}

async fn user(shopper: Result<Shopper, Error>) -> Result<Json<User>, Error> {
    match shopper {
        Ok(Shopper(identity)) => Ok(Json(User { id: identity.user_id, email: identity.email })),
        Err(Error::CredentialMissing | Error::TokenRefused(Fault::Audience | Fault::Registration)) => Err(Error::NotSignedIn),
        Err(error) => Err(error),
    }
}
