//! What a sensitive change needs: the password again, because somebody else may be using the browser, or may have copied its access token;
//! and a proven email ([`email_proof`]) for a new passkey, authenticator app or recovery codes.

use crate::account::error::Error;
use crate::account::sensitive_changes::{StepUp, step_up};
use crate::auth::{email_proof, error::Error as AuthError};
use crate::user_request::UserRequest;
use fusionauth_api::account::PasswordCheck;
use storefront_api::{MemberError, orders::EmailState};
use storefront_messages::{AccountError, SignInField, Storefront};

/// The member of a request that holds the current password.
pub(super) const CURRENT_PASSWORD: &str = "currentPassword";

/// Checks `password`. If it is `None`, the request must have the proof of a recent confirmation, and accept it (`sensitive_changes`). A right
/// password sets the proof for later changes.
///
/// # Errors
/// [`Error::PasswordNeeded`], [`Error::Invalid`] about the password, [`Error::TooManyAttempts`], or that FusionAuth or the database does not
/// answer.
pub(super) async fn confirm(request: &UserRequest, password: Option<&str>) -> Result<(), Error> {
    let UserRequest { backend, client, cookies, user, route, .. } = request;
    let asks = step_up(route);
    let Some(password) = password else {
        let has_proof = backend.authenticator.has_confirmed(cookies, user).await?;
        return if asks.accepts_no_password(has_proof) { Ok(()) } else { Err(Error::PasswordNeeded) };
    };
    if password.is_empty() {
        return Err(Error::Invalid(vec![missing()]));
    }
    match backend.attempts.check_password(&backend.fusionauth, *client, user, password).await? {
        PasswordCheck::Right => {
            if asks == StepUp::PasswordOrProof {
                backend.authenticator.prove_confirmation(cookies, user);
            }
            Ok(())
        }
        PasswordCheck::Wrong => Err(wrong()),
        PasswordCheck::Unavailable { .. } => Err(AuthError::SignInUnavailable.into()),
    }
}

/// The error for a request without a password.
pub(super) fn missing() -> MemberError {
    let message = SignInField::Password.missing::<Storefront>().to_owned();
    MemberError { field: CURRENT_PASSWORD.to_owned(), code: "blank".to_owned(), message }
}

/// The error for a wrong password.
pub(super) fn wrong() -> Error {
    Error::of_field(CURRENT_PASSWORD, "wrong", AccountError::WrongPassword.message().what)
}

/// Checks that the user's email is proven.
///
/// # Errors
/// [`Error::EmailNotProven`], a database error, or that FusionAuth does not answer.
pub(super) async fn require_proven_email(UserRequest { backend, user, .. }: &UserRequest) -> Result<(), Error> {
    match email_proof::of_user(&backend.fusionauth, &backend.db, &user.user_id).await? {
        EmailState::Confirmed => Ok(()),
        EmailState::Unconfirmed => Err(Error::EmailNotProven),
    }
}
