//! The forms of the account pages: what they send, and the errors of a refused request as they show them.

use crate::account::error::Error;
use crate::auth::error::Error as AuthError;
use crate::http::rate_limit::TooOften;
use crate::pages::form::{member_summary, message_summary};
use axum::http::StatusCode;
use maud::Markup;
use serde::Deserialize;
use storefront_api::MemberError;
use storefront_messages::{AccountError, PasswordError, Storefront, VerificationError};

/// The body of a form, of which each form has some inputs. This type has no `Debug`, because it holds passwords, a secret and a code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountForm {
    pub(super) code: String,
    pub(super) current_password: String,
    pub(super) display_name: String,
    pub(super) email: String,
    /// Not empty if the user pressed the button "Sign out everywhere".
    pub(super) everywhere: String,
    pub(super) id: String,
    pub(super) password: String,
    pub(super) secret: String,
}

/// The outcome of a submitted form, for the page that shows the form again.
pub(super) struct FormErrors {
    /// The status of the page.
    pub(super) status: StatusCode,
    /// The messages above the form.
    pub(super) summary: Markup,
    /// The errors of the inputs.
    pub(super) fields: Vec<MemberError>,
    /// How long to wait after too many attempts.
    pub(super) retry_after: Option<TooOften>,
}

impl FormErrors {
    /// The outcome for `error`. Without an error, it has the status 200 and no messages.
    ///
    /// # Errors
    /// The error itself, if a separate page shows it.
    pub(super) fn of(error: Option<Error>) -> Result<Self, Error> {
        let (status, message, retry_after) = match error {
            None => return Ok(Self { status: StatusCode::OK, summary: Markup::default(), fields: Vec::new(), retry_after: None }),
            Some(Error::Invalid(fields)) => {
                let summary = member_summary(&fields);
                return Ok(Self { status: StatusCode::UNPROCESSABLE_ENTITY, summary, fields, retry_after: None });
            }
            Some(Error::SentAMomentAgo(too_often)) => {
                (StatusCode::TOO_MANY_REQUESTS, VerificationError::SentAMomentAgo.message::<Storefront>(), Some(too_often))
            }
            Some(Error::TooManyAttempts(too_often)) => {
                (StatusCode::TOO_MANY_REQUESTS, PasswordError::TooManyAttempts.message::<Storefront>(), Some(too_often))
            }
            Some(Error::EmailNotProven) => (StatusCode::FORBIDDEN, AccountError::EmailNotProven.message(), None),
            Some(Error::LinkNeeded) => (StatusCode::FORBIDDEN, AccountError::LinkNeeded.message(), None),
            Some(Error::EmailUnavailable) => (StatusCode::BAD_GATEWAY, AccountError::EmailUnavailable.message(), None),
            Some(Error::Auth(AuthError::SignInUnavailable)) => (StatusCode::SERVICE_UNAVAILABLE, AccountError::Unavailable.message(), None),
            Some(Error::Auth(AuthError::PasswordMayHaveChanged)) => {
                (StatusCode::SERVICE_UNAVAILABLE, PasswordError::MayHaveChanged.message::<Storefront>(), None)
            }
            Some(error) => return Err(error),
        };
        Ok(Self { status, summary: message_summary(message), fields: Vec::new(), retry_after })
    }
}
