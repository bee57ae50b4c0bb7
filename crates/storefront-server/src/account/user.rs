//! `GET /api/user`: who is signed in to this application. `PUT /api/user`: changes the display name.
//!
//! `GET` answers by the credential of the request:
//!
//! | credential | answer |
//! |---|---|
//! | good | 200 with the user |
//! | none, or a sound token of another application or of somebody not registered | 404: nobody is signed in here |
//! | expired and nothing else wrong, and the browser renews | 401: renew, then ask again |
//! | expired and nothing else wrong, and this server renews | 200 with new cookies; 401 if the refresh token is refused |
//! | anything else | 401 |

use crate::{
    account::error::Error,
    auth::{current_user::CurrentUser, error::Error as AuthError, verify::TokenError},
    http::{field_error::field_error, json_body::Body, problem::ProblemResponse},
    state::Backend,
    users::{self, display_name::DisplayName},
};
use axum::{Json, Router, extract::State, routing::get};
use sqlx::AnyPool;
use storefront_api::{UpdateUser, User};
use storefront_messages::FieldMessage;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    Router::new().route("/user", get(user).put(update))
}

async fn user(State(backend): State<Backend>, user: Result<CurrentUser, AuthError>) -> Result<Json<User>, ProblemResponse> {
    match user {
        Ok(CurrentUser(identity)) => Ok(Json(users::user(&backend.db, identity).await?)),
        Err(AuthError::CredentialMissing | AuthError::TokenRefused(TokenError::Audience | TokenError::Registration)) => {
            Err(Error::NotSignedIn.into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn update(
    State(backend): State<Backend>,
    CurrentUser(identity): CurrentUser,
    Body(UpdateUser { display_name }): Body<UpdateUser>,
) -> Result<Json<User>, ProblemResponse> {
    rename(&backend.db, &identity.user_id, &display_name).await?;
    Ok(Json(users::user(&backend.db, identity).await?))
}

/// Gives a user another display name.
///
/// # Errors
/// [`Error::Invalid`] about `displayName`, or the database's.
pub async fn rename(db: &AnyPool, user_id: &str, typed: &str) -> Result<(), Error> {
    let invalid = |message| Error::Invalid(vec![field_error("displayName", message)]);
    let name = DisplayName::parse(typed).map_err(invalid)?;
    if users::set_display_name(db, user_id, &name).await? { Ok(()) } else { Err(invalid(FieldMessage::DisplayNameTaken)) }
}
