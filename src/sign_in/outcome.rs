//! Decides the next step after each answer to a sign-in. These functions neither render nor send. The views are in the other files of this
//! folder.

use crate::ui::form::{Field, FormError, TextField};
use leptos_fusionauth::LoginFailure;
use storefront_api::SIGN_OUT_PENDING;
use storefront_messages::{Message, Text};
pub use storefront_messages::{Misconfiguration, SignInError, SignInField};

/// The form or page that a sign-in shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Email and password.
    Password,
    /// FusionAuth refused the sign-in, and a retry of the same form would not help. `steps` has the forms and pages for such a refusal.
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
    let fields = [(SignInField::Username, username.trim().is_empty()), (SignInField::Password, password.is_empty())];
    fields.into_iter().filter_map(|(field, is_empty)| is_empty.then_some(field)).collect()
}

/// The ids of a field's input and of its error.
pub const fn field(field: SignInField) -> Field {
    Field { id: field.id(), error_id: field.error_id() }
}

/// The attributes of the input for the email to which FusionAuth or the backend sends a message.
pub const EMAIL: TextField =
    TextField { inputmode: Some("email"), ..TextField::new(field(SignInField::Username), Text::new("Email"), "username", "username") };

/// The attributes of the input for a code of any kind.
// Not `inputmode="numeric"`, because recovery codes have letters, which a numeric keyboard lacks.
pub const CODE: TextField =
    TextField { class: Some("code"), ..TextField::new(field(SignInField::Code), Text::new("Code"), "code", "one-time-code") };

/// The error as the form's summary shows it.
pub fn form_error(error: &SignInError) -> FormError {
    let Message { what, next } = error.message();
    if error.is_retryable() { FormError::Retryable(what.to_owned(), next) } else { FormError::Form(what.to_owned(), next) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign_in::step::Step;
    use wasm_bindgen_test::wasm_bindgen_test;

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
            Err(LoginFailure::TwoFactorRequired { two_factor_id: "id".into() }),
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

    #[wasm_bindgen_test]
    fn each_answer_has_its_own_text() {
        let all = every_answer();
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                let (one, other) = (next(one.clone()), next(other.clone()));
                assert_ne!(shown(&one), shown(&other), "{one:?} and {other:?} look the same");
            }
        }
    }

    #[wasm_bindgen_test]
    fn only_signed_in_is_done() {
        for answer in every_answer() {
            assert_eq!(next(answer.clone()) == Next::Done, answer == Ok(()), "{answer:?}");
        }
    }

    #[wasm_bindgen_test]
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

    #[wasm_bindgen_test]
    fn only_empty_fields_are_refused_before_sending() {
        assert_eq!(empty_fields("  ", ""), [SignInField::Username, SignInField::Password]);
        assert_eq!(empty_fields("shopper@example.com", ""), [SignInField::Password]);
        assert_eq!(empty_fields("", " "), [SignInField::Username]);
        assert_eq!(empty_fields("shopper", " "), []);
    }

    /// All texts that the user sees after `next`.
    fn shown(next: &Next) -> String {
        match next {
            Next::Done => "signed in".into(),
            Next::Stay(error) => format!("{:?}", error.message()),
            Next::Go(Stage::Password, error) => format!("password {:?}", error.as_ref().map(SignInError::message)),
            Next::Go(Stage::Refused(failure), _) => shown_step(&Step::of(failure.clone())),
        }
    }

    fn shown_step(step: &Step) -> String {
        match step {
            Step::NewPassword(_, reason) => format!("a form because of {reason:?}"),
            Step::Blocked(blocked) => format!("{:?}", (blocked.heading(), blocked.message())),
            Step::Closed(error) => format!("{:?}", error.message()),
            Step::Code(_) | Step::Join | Step::Verification(_) | Step::Prevented => step.title().to_owned(),
        }
    }
}
