//! Decides the next step after each answer to a sign-in. These functions neither render nor send.

use crate::error::FormError;
use fusionauth_forms::{Design, Message, Misconfiguration, SIGN_OUT_PENDING, SignInError, SignInField};
use leptos_fusionauth::LoginFailure;

/// The form or page that a sign-in shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Email and password.
    Password,
    /// A sign-in without a password: [`PasswordlessSignIn`](crate::PasswordlessSignIn).
    Passwordless,
    /// FusionAuth refused the sign-in, and a retry of the same form would not help.
    Refused(LoginFailure),
}

/// The effect of an answer on the sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The user is signed in.
    Done,
    /// The same form stays, with this error.
    Stay(SignInError),
    /// Another form or page replaces the form, and shows this error if there is one.
    Go(Stage, Option<SignInError>),
}

/// The effect of `answer` on the sign-in.
pub fn next(answer: Result<(), LoginFailure>) -> Next {
    let Err(failure) = answer else { return Next::Done };
    Next::Stay(match failure {
        LoginFailure::InvalidCredentials => SignInError::InvalidCredentials,
        LoginFailure::InvalidCode => SignInError::InvalidCode,
        LoginFailure::TwoFactorExpired => return Next::Go(Stage::Password, Some(SignInError::CodeExpired)),
        LoginFailure::ApiKeyRequired => SignInError::Misconfigured(Misconfiguration::ApiKeyRequired),
        LoginFailure::Invalid => SignInError::Misconfigured(Misconfiguration::Invalid),
        LoginFailure::UnusableToken => SignInError::Misconfigured(Misconfiguration::UnusableToken),
        LoginFailure::Unavailable { status: SIGN_OUT_PENDING } => SignInError::SignOutPending,
        LoginFailure::Unavailable { status: 429 } => SignInError::TooManyAttempts,
        LoginFailure::Unavailable { .. } => SignInError::Unavailable,
        LoginFailure::NoAnswer => SignInError::NoAnswer,
        refused => return Next::Go(Stage::Refused(refused), None),
    })
}

/// The fields of the password form that are empty. The app checks nothing else, because any password may be correct.
pub fn empty_fields(username: &str, password: &str) -> Vec<SignInField> {
    let fields = [(SignInField::Username, username.is_empty()), (SignInField::Password, password.is_empty())];
    fields.into_iter().filter_map(|(field, is_empty)| is_empty.then_some(field)).collect()
}

/// The error as the form's summary shows it.
pub fn form_error<D: Design>(error: &SignInError) -> FormError {
    let Message { what, next } = error.message::<D>();
    if error.is_retryable() { FormError::Retryable(what.to_owned(), next) } else { FormError::Form(what.to_owned(), next) }
}
