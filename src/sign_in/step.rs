//! Maps each refusal of a sign-in to the next form or page. These functions neither render nor send. They are not in `leptos-fusionauth-forms`, because
//! they use texts, such as the titles below, that are in a separately loaded part of the app.

use fusionauth_api::verification::Verified;
use leptos_fusionauth::LoginFailure;
use leptos_fusionauth_forms::TwoFactorId;
use std::fmt;
use storefront_messages::{Blocked, PasswordChangeReason, SignInError, Storefront, t};

/// The step after a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The second factor's code, for the sign-in with this id.
    Code(TwoFactorId),
    /// The password was correct, but FusionAuth requires a new one first. The id allows that change.
    NewPassword(ChangePasswordId, PasswordChangeReason),
    /// The password was correct, but the user is not registered for the application.
    Join,
    /// The password was correct, but the user must verify the email or the registration first.
    Verification(Verified),
    /// The account is temporarily blocked.
    Prevented,
    /// Only our team can unlock or reopen the account.
    Closed(SignInError),
    /// The password was correct, but the user must complete a step for which FusionAuth returned no id.
    Blocked(Blocked),
}

/// An id that allows the change of a password. `Debug` does not print the id.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ChangePasswordId(pub(super) String);

impl fmt::Debug for ChangePasswordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePasswordId")
    }
}

impl Step {
    /// The step after this refusal.
    pub(super) fn of(refusal: LoginFailure) -> Self {
        match refusal {
            LoginFailure::TwoFactorRequired { two_factor_id } => Self::Code(TwoFactorId(two_factor_id)),
            LoginFailure::PasswordChangeRequired { change_password_id, reason } => {
                let reason = PasswordChangeReason::from_code(reason.as_deref());
                let blocked = || Self::Blocked(Blocked::PasswordChangeRequired(reason));
                change_password_id.map_or_else(blocked, |id| Self::NewPassword(ChangePasswordId(id), reason))
            }
            LoginFailure::NotRegistered => Self::Join,
            LoginFailure::EmailNotVerified => Self::Verification(Verified::Email),
            LoginFailure::RegistrationNotVerified => Self::Verification(Verified::Registration),
            LoginFailure::Prevented => Self::Prevented,
            LoginFailure::AccountExpired => Self::Closed(SignInError::AccountExpired),
            // `Locked`, and any refusal that a later version of the session library adds.
            _ => Self::Closed(SignInError::Locked),
        }
    }

    /// The page's heading and title.
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Code(_) => t!("Enter your code"),
            Self::NewPassword(..) => t!("Choose a new password"),
            Self::Join => Blocked::NotRegistered.heading::<Storefront>(),
            Self::Verification(what) => unverified(*what).heading::<Storefront>(),
            Self::Prevented => t!("Sign-in is blocked"),
            Self::Closed(_) => t!("You can't sign in with this account"),
            Self::Blocked(blocked) => blocked.heading::<Storefront>(),
        }
    }
}

/// The texts for a sign-in that fails because the email or the registration is not verified.
pub(super) fn unverified(what: Verified) -> Blocked {
    match what {
        Verified::Email => Blocked::EmailNotVerified,
        Verified::Registration => Blocked::RegistrationNotVerified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_fusionauth_forms::{Next, SIGN_OUT_PENDING, Stage, empty_fields, next};
    use storefront_messages::SignInField;
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
            Next::Stay(error) => format!("{:?}", error.message::<Storefront>()),
            Next::Go(Stage::Password, error) => format!("password {:?}", error.as_ref().map(SignInError::message::<Storefront>)),
            Next::Go(Stage::Refused(failure), _) => shown_step(&Step::of(failure.clone())),
        }
    }

    fn shown_step(step: &Step) -> String {
        match step {
            Step::NewPassword(_, reason) => format!("a form because of {reason:?}"),
            Step::Blocked(blocked) => format!("{:?}", (blocked.heading::<Storefront>(), blocked.message::<Storefront>())),
            Step::Closed(error) => format!("{:?}", error.message::<Storefront>()),
            Step::Code(_) | Step::Join | Step::Verification(_) | Step::Prevented => step.title().to_owned(),
        }
    }
}
