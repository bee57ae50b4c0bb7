//! Adds and removes a user's authenticator app, which is a second factor: the API of the single-page app, with the functions that the
//! server-rendered pages use, too.
//!
//! | call | |
//! |---|---|
//! | `POST /api/account/authenticator/secret` | creates a secret, which is not stored yet |
//! | `POST /api/account/authenticator` | adds the authenticator app with this secret, and returns recovery codes |
//! | `POST /api/account/authenticator/{id}/remove` | removes an authenticator app |
//! | `POST /api/account/recovery-codes` | creates new recovery codes |
//!
//! All but the first need the password, or the proof of a recent confirmation (`password_check`).

use crate::account::error::Error;
use crate::account::password_check::{confirm, require_proven_email};
use crate::auth::{error::Error as AuthError, verify::Identity};
use crate::http::{body::JsonBody, endpoint::endpoint, percent::encoded, problem::ApiResult};
use crate::notices::{self, Change};
use crate::secret;
use crate::{state::Backend, typed, user_request::UserRequest};
use axum::{Json, Router, extract::Path};
use fusionauth_api::{authenticator::CodeOutcome, login::LoginFailure, step_up::TrustOutcome};
use storefront_api::account::{AddAuthenticator, AuthenticatorSecret, Confirmation, RecoveryCodes, RemoveAuthenticator};
use storefront_api::{Done, endpoints};
use storefront_messages::{SignInError, Storefront};

/// The name under which an authenticator app lists the account.
const ISSUER: &str = "Store and Forums";

/// A new secret in base32. Nothing stores it before [`add`] has confirmed it with a code.
pub(super) async fn new_secret(backend: &Backend) -> Result<String, Error> {
    backend.fusionauth.authenticator_secret().await.map_err(|_| AuthError::SignInUnavailable.into())
}

/// The URL in the QR code, from which the authenticator app reads the secret
/// (<https://github.com/google/google-authenticator/wiki/Key-Uri-Format>).
pub(super) fn uri(user: &Identity, secret: &str) -> String {
    let issuer = encoded(ISSUER);
    let account = encoded(user.email.as_deref().unwrap_or(&user.user_id));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", encoded(secret))
}

/// Adds an app with this secret as a second factor of the user, if `code` is a code of the app. Returns the recovery codes.
///
/// # Errors
/// [`Error::Invalid`] about the code, [`Error::TooManyAttempts`], or that FusionAuth does not answer.
pub(super) async fn add(request: &UserRequest, secret: &str, code: &str) -> Result<Vec<String>, Error> {
    let UserRequest { backend, client, user, .. } = request;
    let code = given(code)?;
    let added = backend.fusionauth.add_authenticator(&user.user_id, secret, &code);
    let codes = done(backend.attempts.code(*client, &user.user_id, added).await?)?;
    notices::announce(request, Change::SecondFactorAdded);
    Ok(codes)
}

/// Removes an authenticator app. A recovery code as `code` removes every second factor of the user.
///
/// # Errors
/// As [`add`].
pub(super) async fn remove(request: &UserRequest, id: &str, code: &str) -> Result<(), Error> {
    let UserRequest { backend, client, user, .. } = request;
    let code = given(code)?;
    let removed = backend.fusionauth.remove_second_factor(&user.user_id, id, &code);
    done(backend.attempts.code(*client, &user.user_id, removed).await?)?;
    notices::announce(request, Change::SecondFactorRemoved);
    Ok(())
}

/// Whether the user has an authenticator app.
pub(super) async fn is_used(request: &UserRequest) -> Result<bool, Error> {
    let record = request.backend.fusionauth.account_record(&request.user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
    Ok(record.two_factor.authenticators().next().is_some())
}

/// Checks a code of the user's authenticator app, or a recovery code, for a change that the password alone does not confirm. A user without
/// an app needs no code.
///
/// # Errors
/// As [`add`].
pub(super) async fn check(request: &UserRequest, code: &str) -> Result<(), Error> {
    if !is_used(request).await? {
        return Ok(());
    }
    let code = given(code)?;
    let UserRequest { backend, client, user, .. } = request;
    let unavailable = || Error::from(AuthError::SignInUnavailable);
    let challenge = secret::random_id();
    let started = backend.fusionauth.start_second_factor(&user.user_id, &challenge).await.map_err(|_| unavailable())?;
    let trusted = backend.fusionauth.trust(*client, &started.two_factor_id, &code);
    match backend.attempts.code(*client, &started.two_factor_id, trusted).await? {
        TrustOutcome::Trusted(_) | TrustOutcome::PasswordChangeRequired(_) => Ok(()),
        TrustOutcome::Failed(LoginFailure::InvalidCode) => done(CodeOutcome::WrongCode),
        TrustOutcome::Failed(_) => Err(unavailable()),
    }
}

/// Creates new recovery codes, which replace the old ones.
pub(super) async fn new_recovery_codes(request: &UserRequest) -> Result<Vec<String>, Error> {
    let codes = request.backend.fusionauth.new_recovery_codes(&request.user.user_id).await.map_err(|_| AuthError::SignInUnavailable)?;
    notices::announce(request, Change::NewRecoveryCodes);
    Ok(codes)
}

/// The typed code, which must not be empty.
fn given(code: &str) -> Result<String, Error> {
    let code = typed::second_factor_code(code);
    if code.is_empty() {
        Err(Error::of_field("code", "blank", storefront_messages::SignInField::Code.missing::<Storefront>()))
    } else {
        Ok(code)
    }
}

fn done<T>(outcome: CodeOutcome<T>) -> Result<T, Error> {
    match outcome {
        CodeOutcome::Done(it) => Ok(it),
        CodeOutcome::WrongCode => Err(Error::of_field("code", "wrong", SignInError::InvalidCode.message::<Storefront>().what)),
        CodeOutcome::Invalid | CodeOutcome::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

/// The routes below `/api`.
pub(super) fn router() -> Router<Backend> {
    endpoint(endpoints::AUTHENTICATOR_SECRET, secret)
        .merge(endpoint(endpoints::ADD_AUTHENTICATOR, add_app))
        .merge(endpoint(endpoints::REMOVE_AUTHENTICATOR, remove_app))
        .merge(endpoint(endpoints::NEW_RECOVERY_CODES, replace_recovery_codes))
}

async fn secret(request: UserRequest) -> ApiResult<Json<AuthenticatorSecret>> {
    let secret = new_secret(&request.backend).await?;
    Ok(Json(AuthenticatorSecret { uri: uri(&request.user, &secret), secret }))
}

async fn add_app(request: UserRequest, JsonBody(new): JsonBody<AddAuthenticator>) -> ApiResult<Json<RecoveryCodes>> {
    require_proven_email(&request).await?;
    confirm(&request, new.current_password.as_deref()).await?;
    Ok(Json(RecoveryCodes { recovery_codes: add(&request, &new.secret, &new.code).await? }))
}

async fn remove_app(request: UserRequest, Path(id): Path<String>, JsonBody(sent): JsonBody<RemoveAuthenticator>) -> ApiResult<Json<Done>> {
    confirm(&request, sent.current_password.as_deref()).await?;
    remove(&request, &id, &sent.code).await?;
    Ok(Json(Done {}))
}

async fn replace_recovery_codes(request: UserRequest, JsonBody(sent): JsonBody<Confirmation>) -> ApiResult<Json<RecoveryCodes>> {
    require_proven_email(&request).await?;
    confirm(&request, sent.current_password.as_deref()).await?;
    Ok(Json(RecoveryCodes { recovery_codes: new_recovery_codes(&request).await? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_gets_the_account_and_the_secret() {
        let user = Identity::new("u".to_owned(), Some("ann+x@example.com".to_owned()));
        let expected = "otpauth://totp/Store%20and%20Forums:ann%2Bx%40example.com?secret=JBSW&issuer=Store%20and%20Forums";
        assert_eq!(uri(&user, "JBSW"), expected);
    }
}
