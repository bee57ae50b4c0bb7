//! The signed-in user, in the API: `GET /api/user` returns the user, and `PUT /api/user` changes the display name.
//!
//! The response to `GET` depends on the credential of the request:
//!
//! | credential | response |
//! |---|---|
//! | valid | 200 with the user |
//! | none, or a valid token of another application or of a user who is not registered | 404: nobody is signed in here |
//! | expired, in a workflow where the browser renews | 401: the browser renews the token and repeats the request |
//! | expired, in a workflow where this server renews | 200 with new cookies, or 401 if the refresh token is refused |
//! | two sign-in cookies with one name and different values | 400 |
//! | anything else | 401 |

use crate::auth::{error::Error as AuthError, verify::TokenError};
use crate::http::problem::{ApiResult, field_error};
use crate::http::{body::JsonBody, endpoint::endpoint};
use crate::user_request::CurrentUser;
use crate::users::{self, display_name::DisplayName};
use crate::{account::error::Error, state::Backend, user_request::UserRequest};
use axum::{Json, Router, extract::State};
use sqlx::AnyPool;
use storefront_api::{UpdateUser, User, endpoints};
use storefront_messages::FieldMessage;

/// The routes below `/api`.
pub fn router() -> Router<Backend> {
    endpoint(endpoints::USER, user).merge(endpoint(endpoints::UPDATE_USER, update))
}

async fn user(State(backend): State<Backend>, user: Result<CurrentUser, AuthError>) -> ApiResult<Json<User>> {
    match user {
        Ok(CurrentUser(identity)) => Ok(Json(users::user(&backend.db, identity).await?)),
        Err(AuthError::CredentialMissing | AuthError::TokenRefused(TokenError::Audience | TokenError::Registration)) => {
            Err(Error::NotSignedIn.into())
        }
        Err(error) => Err(error.into()),
    }
}

async fn update(UserRequest { backend, user, .. }: UserRequest, JsonBody(sent): JsonBody<UpdateUser>) -> ApiResult<Json<User>> {
    rename(&backend.db, &user.user_id, &sent.display_name).await?;
    Ok(Json(users::user(&backend.db, user).await?))
}

/// Changes the display name of a user to the text that the user has typed.
///
/// # Errors
/// [`Error::Invalid`] about `displayName`, or a database error.
pub async fn rename(db: &AnyPool, user_id: &str, typed: &str) -> Result<(), Error> {
    let invalid = |message| Error::Invalid(vec![field_error("displayName", message)]);
    // The form contains the current name, which may be a default name, and nobody can choose one of these.
    if storefront_api::typed::line(typed) == users::display_name(db, user_id).await? {
        return Ok(());
    }
    let name = DisplayName::parse(typed).map_err(invalid)?;
    if users::set_display_name(db, user_id, &name).await? { Ok(()) } else { Err(invalid(FieldMessage::DisplayNameTaken)) }
}
