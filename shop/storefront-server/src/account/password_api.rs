//! `POST /api/account/password`: changes the user's password, if the request contains the current one. Every session of the user ends, at
//! FusionAuth and on this server. The app then signs in again with the new password. The server-rendered page uses the same functions.

use crate::account::{error::Error, password_check};
use crate::auth::error::Error as AuthError;
use crate::http::problem::{ApiResult, field_error};
use crate::http::{body::JsonBody, endpoint::endpoint};
use crate::notices::Change;
use crate::{state::Backend, user_request::UserRequest};
use axum::{Json, Router};
use fusionauth_api::account::ReplacePasswordOutcome;
use fusionauth_api::password::PasswordRule;
use storefront_api::account::ReplacePassword;
use storefront_api::{Done, MemberError, endpoints};
use storefront_messages::FieldMessage;

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::REPLACE_PASSWORD, handle)
}

async fn handle(request: UserRequest, JsonBody(sent): JsonBody<ReplacePassword>) -> ApiResult<Json<Done>> {
    let ReplacePassword { current_password, password } = sent;
    if let Some(error) = blank_fields(&current_password, &password).into_iter().next() {
        return Err(Error::Invalid(vec![error]).into());
    }
    replace(&request, &current_password, &password).await?;
    Ok(Json(Done {}))
}

/// The errors of the members that are empty.
pub(super) fn blank_fields(current_password: &str, password: &str) -> Vec<MemberError> {
    let current = current_password.is_empty().then(password_check::missing);
    current.into_iter().chain(password.is_empty().then(|| refused(PasswordRule::Blank))).collect()
}

/// Changes the user's password.
///
/// # Errors
/// [`Error::Invalid`] about one of the passwords, [`Error::TooManyAttempts`], [`Error::LinkNeeded`], or that FusionAuth or the database does
/// not answer.
pub(super) async fn replace(request: &UserRequest, current: &str, password: &str) -> Result<(), Error> {
    let UserRequest { backend, client, user, origin, .. } = request;
    let notice = Change::NewPassword.mail(origin);
    match backend.authenticator.replace_password(&backend.attempts, *client, user, (current, password), notice).await?? {
        ReplacePasswordOutcome::Changed => Ok(()),
        ReplacePasswordOutcome::WrongPassword => Err(password_check::wrong()),
        ReplacePasswordOutcome::Refused(rules) => Err(Error::Invalid(rules.into_iter().map(refused).collect())),
        ReplacePasswordOutcome::SecondFactorRequired => Err(Error::LinkNeeded),
        ReplacePasswordOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

fn refused(rule: PasswordRule) -> MemberError {
    field_error("password", FieldMessage::Password(rule))
}
