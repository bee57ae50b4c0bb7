//! Asks a signed-in user for the password again before a sensitive change, because somebody else may be using the browser.

use crate::account::error::Error;
use crate::auth::error::Error as AuthError;
use crate::{clock::now_ms, user_request::UserRequest};
use fusionauth_api::account::PasswordCheck;
use storefront_api::{MemberError, account::RECENT_SIGN_IN_MINUTES};
use storefront_messages::{AccountError, SignInField, Storefront};

/// The member of a request that holds the current password.
pub(super) const CURRENT_PASSWORD: &str = "currentPassword";

/// Checks `password`. If it is `None`, the sign-in must be recent.
///
/// # Errors
/// [`Error::PasswordNeeded`], [`Error::Invalid`] about the password, [`Error::TooManyAttempts`], or that FusionAuth does not answer.
pub(super) async fn confirm(request: &UserRequest, password: Option<&str>) -> Result<(), Error> {
    match password {
        Some(password) => check(request, password).await,
        None if is_recent(request.user.sign_in.at, now_ms()) => Ok(()),
        None => Err(Error::PasswordNeeded),
    }
}

/// Checks `password`, even if the sign-in is recent.
///
/// # Errors
/// As [`confirm`], but never [`Error::PasswordNeeded`].
pub(super) async fn check(request: &UserRequest, password: &str) -> Result<(), Error> {
    let UserRequest { backend, client, user } = request;
    if password.is_empty() {
        return Err(Error::Invalid(vec![missing()]));
    }
    match backend.attempts.check_password(&backend.fusionauth, *client, user, password).await? {
        PasswordCheck::Right => Ok(()),
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

/// Whether a sign-in at `at` (seconds since 1970) is recent at `now` (milliseconds since 1970). A sign-in in the future does not count as
/// recent, because a clock or the token must be wrong.
fn is_recent(at: Option<i64>, now: i64) -> bool {
    at.is_some_and(|at| (0..=RECENT_SIGN_IN_MINUTES * 60).contains(&(now / 1_000 - at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_is_recent_for_ten_minutes() {
        let now = 1_000_000_000_000;
        for (seconds_ago, is_recent_then) in [(0, true), (600, true), (601, false), (-1, false)] {
            assert_eq!(is_recent(Some(1_000_000_000 - seconds_ago), now), is_recent_then, "{seconds_ago}");
        }
        assert!(!is_recent(None, now));
    }
}
