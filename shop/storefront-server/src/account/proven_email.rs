//! Refuses a new passkey, authenticator app or recovery codes before the user's email is proven ([`email_proof`]).

use crate::account::error::Error;
use crate::auth::email_proof::{self, EmailProof};
use crate::user_request::UserRequest;

/// Checks that the user's email is proven.
///
/// # Errors
/// [`Error::EmailNotProven`], a database error, or that FusionAuth does not answer.
pub(super) async fn require_proven_email(UserRequest { backend, user, .. }: &UserRequest) -> Result<(), Error> {
    match email_proof::of_user(&backend.fusionauth, &backend.db, &user.user_id).await? {
        EmailProof::Proven => Ok(()),
        EmailProof::Unproven => Err(Error::EmailNotProven),
    }
}
