//! Where each answer to a sign-in leads, as functions that neither render nor send: the views are in the other files of this folder.

use crate::ui::form::{Field, FormError};
use leptos_fusionauth::{LoginFailure, TwoFactorMethod};
use std::fmt;
use storefront_api::SIGN_OUT_PENDING;
pub use storefront_messages::{Blocked, Misconfiguration, SignInError, SignInField};
use storefront_messages::{Message, PasswordChangeReason};

/// The form or page of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// E-mail and password.
    Password,
    /// The second factor's code.
    Code(Challenge),
    /// The password was right, and FusionAuth wants another one first, for which the id is.
    NewPassword(ChangePasswordId, PasswordChangeReason),
    /// The password was right, but something else has to be done first.
    Blocked(Blocked),
}

/// An id with which a password can be changed. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangePasswordId(pub String);

impl fmt::Debug for ChangePasswordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePasswordId")
    }
}

/// A request of FusionAuth for a second factor's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The id to send with the code.
    pub two_factor_id: String,
    /// The ways to get a code.
    pub methods: Vec<TwoFactorMethod>,
}

/// Where an answer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Signed in.
    Done,
    /// The same form stays, with this error.
    Stay(SignInError),
    /// Another form or page comes, perhaps with the reason.
    Go(Stage, Option<SignInError>),
}

/// Where `answer` leads. No two answers look the same.
pub fn next(answer: Result<(), LoginFailure>) -> Next {
    let Err(failure) = answer else { return Next::Done };
    match failure {
        LoginFailure::NotRegistered => Next::Go(Stage::Blocked(Blocked::NotRegistered), None),
        LoginFailure::PasswordChangeRequired { change_password_id, reason } => {
            let reason = PasswordChangeReason::from_code(reason.as_deref());
            let blocked = || Stage::Blocked(Blocked::PasswordChangeRequired(reason));
            Next::Go(change_password_id.map_or_else(blocked, |id| Stage::NewPassword(ChangePasswordId(id), reason)), None)
        }
        LoginFailure::EmailNotVerified => Next::Go(Stage::Blocked(Blocked::EmailNotVerified), None),
        LoginFailure::RegistrationNotVerified => Next::Go(Stage::Blocked(Blocked::RegistrationNotVerified), None),
        LoginFailure::TwoFactorRequired { two_factor_id, methods } => Next::Go(Stage::Code(Challenge { two_factor_id, methods }), None),
        LoginFailure::TwoFactorExpired => Next::Go(Stage::Password, Some(SignInError::CodeExpired)),
        LoginFailure::InvalidCredentials => Next::Stay(SignInError::InvalidCredentials),
        LoginFailure::InvalidCode => Next::Stay(SignInError::InvalidCode),
        LoginFailure::Prevented => Next::Stay(SignInError::Prevented),
        LoginFailure::AccountExpired => Next::Stay(SignInError::AccountExpired),
        LoginFailure::Locked => Next::Stay(SignInError::Locked),
        LoginFailure::ApiKeyRequired => Next::Stay(SignInError::Misconfigured(Misconfiguration::ApiKeyRequired)),
        LoginFailure::Invalid => Next::Stay(SignInError::Misconfigured(Misconfiguration::Invalid)),
        LoginFailure::UnusableToken => Next::Stay(SignInError::Misconfigured(Misconfiguration::UnusableToken)),
        LoginFailure::Unavailable { status: SIGN_OUT_PENDING } => Next::Stay(SignInError::SignOutPending),
        LoginFailure::Unavailable { status: 429 } => Next::Stay(SignInError::TooManyAttempts),
        LoginFailure::NoAnswer => Next::Stay(SignInError::NoAnswer),
        // Another status, and any outcome that the session library gains: it may be tried again.
        _ => Next::Stay(SignInError::Unavailable),
    }
}

/// The fields of the password form that are empty. Nothing else is checked: any password may be right.
pub fn empty_fields(username: &str, password: &str) -> Vec<SignInField> {
    let fields = [(SignInField::Username, username.trim().is_empty()), (SignInField::Password, password.is_empty())];
    fields.into_iter().filter_map(|(field, is_empty)| is_empty.then_some(field)).collect()
}

/// The ids of a field.
pub const fn field(field: SignInField) -> Field {
    Field { id: field.id(), error_id: field.error_id() }
}

/// The error as the form's summary shows it.
pub fn form_error(error: &SignInError) -> FormError {
    let Message { what, next } = error.message();
    if error.is_retryable() { FormError::Retryable(what.to_owned(), next) } else { FormError::Form(what.to_owned(), next) }
}

impl Stage {
    /// The page's heading and title.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Password => "Sign in",
            Self::Code(_) => "Enter your code",
            Self::NewPassword(..) => "Choose a new password",
            Self::Blocked(blocked) => blocked.heading(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_answer() -> Vec<Result<(), LoginFailure>> {
        let change =
            |reason: Option<&str>| Err(LoginFailure::PasswordChangeRequired { change_password_id: None, reason: reason.map(Into::into) });
        vec![
            Ok(()),
            Err(LoginFailure::NotRegistered),
            change(None),
            change(Some("Breached")),
            change(Some("Expired")),
            change(Some("Validation")),
            Err(LoginFailure::PasswordChangeRequired { change_password_id: Some("id".into()), reason: None }),
            Err(LoginFailure::EmailNotVerified),
            Err(LoginFailure::RegistrationNotVerified),
            Err(LoginFailure::TwoFactorRequired { two_factor_id: "id".into(), methods: vec![] }),
            Err(LoginFailure::InvalidCredentials),
            Err(LoginFailure::InvalidCode),
            Err(LoginFailure::TwoFactorExpired),
            Err(LoginFailure::Prevented),
            Err(LoginFailure::AccountExpired),
            Err(LoginFailure::Locked),
            Err(LoginFailure::ApiKeyRequired),
            Err(LoginFailure::Invalid),
            Err(LoginFailure::UnusableToken),
            Err(LoginFailure::Unavailable { status: 503 }),
            Err(LoginFailure::Unavailable { status: 429 }),
            Err(LoginFailure::Unavailable { status: SIGN_OUT_PENDING }),
            Err(LoginFailure::NoAnswer),
        ]
    }

    #[test]
    fn no_answer_is_taken_for_another() {
        let all = every_answer();
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                let (one, other) = (next(one.clone()), next(other.clone()));
                assert_ne!(shown(&one), shown(&other), "{one:?} and {other:?} look the same");
            }
        }
    }

    #[test]
    fn only_signed_in_is_done() {
        for answer in every_answer() {
            assert_eq!(next(answer.clone()) == Next::Done, answer == Ok(()), "{answer:?}");
        }
    }

    #[test]
    fn texts_blame_nobody_and_say_what_to_do() {
        for answer in every_answer() {
            let text = shown(&next(answer)).to_lowercase();
            for word in ["please", "sorry", "invalid", "oops", "forbidden"] {
                assert!(!text.contains(word), "{text:?} says {word:?}");
            }
        }
        assert!(
            SignInError::NoAnswer.is_retryable()
                && SignInError::Unavailable.is_retryable()
                && !SignInError::InvalidCredentials.is_retryable()
        );
    }

    #[test]
    fn only_empty_fields_are_refused_before_sending() {
        assert_eq!(empty_fields("  ", ""), [SignInField::Username, SignInField::Password]);
        assert_eq!(empty_fields("shopper@example.com", ""), [SignInField::Password]);
        assert_eq!(empty_fields("", " "), [SignInField::Username]);
        assert_eq!(empty_fields("shopper", " "), []);
    }

    /// All that a person sees of it.
    fn shown(next: &Next) -> String {
        match next {
            Next::Done => "signed in".into(),
            Next::Stay(error) => format!("{:?}", error.message()),
            Next::Go(Stage::Password, error) => format!("password {:?}", error.as_ref().map(SignInError::message)),
            Next::Go(Stage::Code(_), _) => "code".into(),
            Next::Go(Stage::NewPassword(_, reason), _) => format!("a form because of {reason:?}"),
            Next::Go(Stage::Blocked(blocked), _) => format!("{:?}", (blocked.heading(), blocked.message())),
        }
    }
}
