//! What a page shows after each refusal of a sign-in. The Leptos forms and server-rendered pages read this one table.

use crate::{Blocked, Design, Misconfiguration, PasswordChangeReason, SIGN_OUT_PENDING, SignInError, text_of};
use fusionauth_api::{login::LoginFailure, verification::Verified};
use std::fmt;

/// What a page shows after a refusal of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterRefusal {
    /// The same form, with this error.
    SameForm(SignInError),
    /// The form for email and password, with this error.
    PasswordForm(SignInError),
    /// Another form or page, because a retry of the same form would not help.
    Step(Step),
}

/// The step after a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The second factor's code, for the sign-in with this id (status 242).
    Code(TwoFactorId),
    /// The password was correct, but FusionAuth requires a new one first (203). The id allows that change.
    NewPassword(ChangePasswordId, PasswordChangeReason),
    /// The password was correct, but the user is not registered for the application (202).
    Join,
    /// The password was correct, but the user must verify the email (212) or the registration (213) first.
    Verification(Verified),
    /// The account is temporarily blocked (409).
    Prevented,
    /// Only the site's team can unlock (423) or reopen (410) the account.
    Closed(SignInError),
    /// The password was correct, but the user must complete a step for which FusionAuth returned no id.
    Blocked(Blocked),
}

/// FusionAuth's id of a sign-in or of a reset link that waits for a code. `Debug` does not print the id.
#[derive(Clone, PartialEq, Eq)]
pub struct TwoFactorId(pub String);

/// An id that allows the change of a password. `Debug` does not print the id.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangePasswordId(pub String);

impl fmt::Debug for TwoFactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwoFactorId")
    }
}

impl fmt::Debug for ChangePasswordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangePasswordId")
    }
}

impl AfterRefusal {
    /// What follows this refusal.
    pub fn of(failure: LoginFailure) -> Self {
        Self::Step(match failure {
            LoginFailure::InvalidCredentials => return Self::SameForm(SignInError::InvalidCredentials),
            LoginFailure::InvalidCode => return Self::SameForm(SignInError::InvalidCode),
            LoginFailure::TwoFactorExpired => return Self::PasswordForm(SignInError::CodeExpired),
            LoginFailure::ApiKeyRequired => return Self::SameForm(SignInError::Misconfigured(Misconfiguration::ApiKeyRequired)),
            LoginFailure::Invalid => return Self::SameForm(SignInError::Misconfigured(Misconfiguration::Invalid)),
            LoginFailure::UnusableToken => return Self::SameForm(SignInError::Misconfigured(Misconfiguration::UnusableToken)),
            LoginFailure::Unavailable { status: SIGN_OUT_PENDING } => return Self::SameForm(SignInError::SignOutPending),
            LoginFailure::Unavailable { status: 429 } => return Self::SameForm(SignInError::TooManyAttempts),
            LoginFailure::Unavailable { .. } => return Self::SameForm(SignInError::Unavailable),
            LoginFailure::NoAnswer => return Self::SameForm(SignInError::NoAnswer),
            LoginFailure::TwoFactorRequired { two_factor_id } => Step::Code(TwoFactorId(two_factor_id)),
            LoginFailure::PasswordChangeRequired { change_password_id, reason } => {
                let reason = PasswordChangeReason::from_code(reason.as_deref());
                let blocked = || Step::Blocked(Blocked::PasswordChangeRequired(reason));
                change_password_id.map_or_else(blocked, |id| Step::NewPassword(ChangePasswordId(id), reason))
            }
            LoginFailure::NotRegistered => Step::Join,
            LoginFailure::EmailNotVerified => Step::Verification(Verified::Email),
            LoginFailure::RegistrationNotVerified => Step::Verification(Verified::Registration),
            LoginFailure::Prevented => Step::Prevented,
            LoginFailure::AccountExpired => Step::Closed(SignInError::AccountExpired),
            LoginFailure::Locked => Step::Closed(SignInError::Locked),
        })
    }

    /// The error for a form that shows no other step, such as that of a code for a reset link.
    pub fn into_error(self) -> SignInError {
        match self {
            Self::SameForm(error) | Self::PasswordForm(error) | Self::Step(Step::Closed(error)) => error,
            Self::Step(Step::Prevented) => SignInError::Prevented,
            Self::Step(Step::Code(_) | Step::NewPassword(..) | Step::Join | Step::Verification(_) | Step::Blocked(_)) => {
                SignInError::Unavailable
            }
        }
    }
}

impl Step {
    /// The heading of the form or page.
    pub fn title<D: Design>(&self) -> &'static str {
        match self {
            Self::Code(_) => text_of!(D, "Enter your code"),
            Self::NewPassword(..) => text_of!(D, "Choose a new password"),
            Self::Join => Blocked::NotRegistered.heading::<D>(),
            Self::Verification(what) => Blocked::unverified(*what).heading::<D>(),
            Self::Prevented => text_of!(D, "Sign-in is blocked"),
            Self::Closed(_) => text_of!(D, "You can't sign in with this account"),
            Self::Blocked(blocked) => blocked.heading::<D>(),
        }
    }
}

impl Blocked {
    /// The texts for a sign-in that fails because the email or the registration is not verified.
    pub fn unverified(what: Verified) -> Self {
        match what {
            Verified::Email => Self::EmailNotVerified,
            Verified::Registration => Self::RegistrationNotVerified,
        }
    }
}
