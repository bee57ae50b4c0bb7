//! `POST /api/account/password`: changes the user's password, if the request contains the current one. Every session of the user ends, at
//! FusionAuth and on this server. The app then signs in again with the new password.

use crate::account::{error::Error, password_check};
use crate::auth::error::Error as AuthError;
use crate::http::json_body::JsonBody;
use crate::http::problem::{ProblemResponse, field_error};
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router, routing::post};
use fusionauth_api::account::ReplacePasswordOutcome;
use fusionauth_api::password::PasswordRule;
use storefront_api::Done;
use storefront_api::account::ReplacePassword;
use storefront_messages::FieldMessage;

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    Router::new().route("/account/password", post(replace))
}

async fn replace(
    UserRequest { backend, client, user }: UserRequest,
    JsonBody(ReplacePassword { current_password, password }): JsonBody<ReplacePassword>,
) -> Result<Json<Done>, ProblemResponse> {
    if current_password.is_empty() {
        return Err(password_check::missing().into());
    }
    if password.is_empty() {
        return Err(refused(&[PasswordRule::Blank]).into());
    }
    let outcome = backend.authenticator.replace_password(&backend.attempts, client, &user, &current_password, &password).await;
    match outcome.map_err(Error::from)?? {
        ReplacePasswordOutcome::Changed => Ok(Json(Done {})),
        ReplacePasswordOutcome::WrongPassword => Err(password_check::wrong().into()),
        ReplacePasswordOutcome::Refused(rules) => Err(refused(&rules).into()),
        ReplacePasswordOutcome::SecondFactorRequired => Err(Error::LinkNeeded.into()),
        ReplacePasswordOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

fn refused(rules: &[PasswordRule]) -> Error {
    Error::Invalid(rules.iter().map(|rule| field_error("password", FieldMessage::Password(*rule))).collect())
}
