//! Decides the next step after each answer to a sign-in. These functions neither render nor send.

use crate::error::FormError;
use fusionauth_forms::{AfterRefusal, Design, Message, SignInError, SignInField, Step};
use leptos_fusionauth::LoginFailure;

/// The form or page that a sign-in shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Email and password.
    Password,
    /// A sign-in without a password: [`PasswordlessSignIn`](crate::PasswordlessSignIn).
    Passwordless,
    /// FusionAuth refused the sign-in, and a retry of the same form would not help.
    Refused(Step),
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
    match answer.map_err(AfterRefusal::of) {
        Ok(()) => Next::Done,
        Err(AfterRefusal::SameForm(error)) => Next::Stay(error),
        Err(AfterRefusal::PasswordForm(error)) => Next::Go(Stage::Password, Some(error)),
        Err(AfterRefusal::Step(step)) => Next::Go(Stage::Refused(step), None),
    }
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
