//! Maps each refusal of a sign-in to the next form or page. These functions neither render nor send. They are not in `outcome`, because
//! they use texts, such as the titles below, that are in a separately loaded part of the app.

use fusionauth_api::verification::Verified;
use leptos_fusionauth::LoginFailure;
use std::fmt;
use storefront_messages::{Blocked, PasswordChangeReason, SignInError, t};

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

/// FusionAuth's id of a sign-in that waits for a code. `Debug` does not print the id.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TwoFactorId(pub(super) String);

impl fmt::Debug for TwoFactorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwoFactorId")
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
            Self::Join => Blocked::NotRegistered.heading(),
            Self::Verification(what) => unverified(*what).heading(),
            Self::Prevented => t!("Sign-in is blocked"),
            Self::Closed(_) => t!("You can't sign in with this account"),
            Self::Blocked(blocked) => blocked.heading(),
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
