//! The form or page that follows each refusal of a sign-in.

use crate::{
    blocked::{BlockedSignIn, ClosedAccount, PreventedSignIn},
    change_password::{OnPasswordChanged, RequiredPasswordForm},
    code_form::SignInCodeForm,
    join::{Join, JoinForm},
    progress::SignInProgress,
    title::open_form,
};
use fusionauth_forms::{Blocked, ChangePasswordId, Design, Step};
use leptos::prelude::*;
use leptos_fusionauth::Verified;

/// The form or page that follows a refusal.
#[component]
pub fn SignInStep<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// What follows FusionAuth's answer.
    step: Step,
    /// See [`ForgotPasswordForm`](crate::ForgotPasswordForm).
    #[prop(optional_no_strip)]
    site: Option<&'static str>,
    /// The email with which users reach the site's team, if the form for a locked account shows it.
    #[prop(optional_no_strip)]
    contact: Option<&'static str>,
    /// Registers a user who is not registered for the application. Without it, the page says that only the team can do so.
    #[prop(optional_no_strip)]
    join: Option<Join>,
    /// Called after a required change of the password, for instance to show a notice.
    #[prop(optional_no_strip)]
    changed: Option<OnPasswordChanged>,
    /// The view for an email or a registration that is not verified, such as [`SignInVerification`](crate::SignInVerification).
    verification: impl FnOnce(Verified) -> AnyView + 'static,
) -> impl IntoView {
    let title = step.title::<D>();
    open_form(progress.error, move || title);
    match step {
        Step::Code(id) => view! { <SignInCodeForm progress id/> }.into_any(),
        Step::NewPassword(ChangePasswordId(id), reason) => view! { <RequiredPasswordForm progress id reason changed/> }.into_any(),
        Step::Join => match join {
            Some(join) => view! { <JoinForm progress join/> }.into_any(),
            None => view! { <BlockedSignIn progress blocked=Blocked::NotRegistered/> }.into_any(),
        },
        Step::Verification(what) => verification(what),
        Step::Prevented => view! { <PreventedSignIn progress heading=title site/> }.into_any(),
        Step::Closed(error) => view! { <ClosedAccount progress heading=title error contact/> }.into_any(),
        Step::Blocked(blocked) => view! { <BlockedSignIn progress blocked/> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Next, Stage, empty_fields, next};
    use fusionauth_forms::{English, SIGN_OUT_PENDING, SignInError, SignInField};
    use leptos_fusionauth::LoginFailure;

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

    #[test]
    fn each_answer_has_its_own_text() {
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
        assert_eq!(empty_fields("", ""), [SignInField::Username, SignInField::Password]);
        assert_eq!(empty_fields("shopper@example.com", ""), [SignInField::Password]);
        assert_eq!(empty_fields("", " "), [SignInField::Username]);
        assert_eq!(empty_fields("shopper", " "), []);
    }

    /// All texts that the user sees after `next`.
    fn shown(next: &Next) -> String {
        match next {
            Next::Done => "signed in".into(),
            Next::Stay(error) => format!("{:?}", error.message::<English>()),
            Next::Go(Stage::Password, error) => format!("password {:?}", error.as_ref().map(SignInError::message::<English>)),
            Next::Go(Stage::Passwordless, _) => "passwordless".into(),
            Next::Go(Stage::Refused(step), _) => shown_step(step),
        }
    }

    fn shown_step(step: &Step) -> String {
        match step {
            Step::NewPassword(_, reason) => format!("a form because of {reason:?}"),
            Step::Blocked(blocked) => format!("{:?}", (blocked.heading::<English>(), blocked.message::<English>())),
            Step::Closed(error) => format!("{:?}", error.message::<English>()),
            Step::Code(_) | Step::Join | Step::Verification(_) | Step::Prevented => step.title::<English>().to_owned(),
        }
    }
}
