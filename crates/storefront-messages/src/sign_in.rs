//! The outcomes of a sign-in other than success: an error on the form, or a step that the user must complete first.

use crate::{Message, texts};

/// Why the same sign-in form is shown again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Nothing was sent, because these inputs are empty.
    Missing(Vec<SignInField>),
    /// Unknown user or wrong password. The text does not say which, so that nobody can find out who has an account.
    InvalidCredentials,
    /// Wrong second-factor code.
    InvalidCode,
    /// The second-factor code has expired.
    CodeExpired,
    /// FusionAuth temporarily prevents sign-ins of this account.
    Prevented,
    /// This site answered 429: too many attempts from one client address or for one account.
    TooManyAttempts,
    /// The account has expired.
    AccountExpired,
    /// The account is locked.
    Locked,
    /// The site is not set up correctly. The user can do nothing about it.
    Misconfigured(Misconfiguration),
    /// The user has signed out everywhere, and FusionAuth has not confirmed the end of all sessions yet. A sign-in before that would
    /// end with them.
    SignOutPending,
    /// FusionAuth answered with an error that is not about the credentials.
    Unavailable,
    /// The browser got no response.
    NoAnswer,
}

/// The setting that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misconfiguration {
    /// FusionAuth requires an API key for this application.
    ApiKeyRequired,
    /// FusionAuth rejected the request with 400.
    Invalid,
    /// The access token is for another application.
    UnusableToken,
    /// The server has logged the cause.
    Logged,
}

/// The step that must be completed before an account can sign in. The password was correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The account is not registered for the application.
    NotRegistered,
    /// The password has to be changed first.
    PasswordChangeRequired(PasswordChangeReason),
    /// The email address is not verified.
    EmailNotVerified,
    /// The registration is not verified.
    RegistrationNotVerified,
}

/// Why FusionAuth requires another password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChangeReason {
    /// The password is in a known data breach.
    Breached,
    /// The password is too old.
    Expired,
    /// The password breaks the current rules.
    Validation,
    /// FusionAuth gave no reason, or one that this crate does not know.
    Other,
}

/// An input of the sign-in forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInField {
    /// The email address.
    Username,
    /// The password.
    Password,
    /// The second factor's code.
    Code,
}

/// The place where a user finds the second factor's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSource {
    /// In an authenticator app.
    Authenticator,
    /// In a message, which these pages cannot send.
    Message,
}

impl SignInError {
    /// The text of the form's summary. It is empty for [`SignInError::Missing`], where each input has its own text.
    pub fn message(&self) -> Message {
        texts::sign_in_error(self)
    }

    /// Whether sending the same form again may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::SignOutPending | Self::Unavailable | Self::NoAnswer)
    }
}

impl Blocked {
    /// The page's heading.
    pub fn heading(self) -> &'static str {
        texts::blocked_heading(self)
    }

    /// The page's text.
    pub fn message(self) -> Message {
        texts::blocked(self)
    }
}

impl PasswordChangeReason {
    /// FusionAuth's `changePasswordReason`.
    pub fn from_code(code: Option<&str>) -> Self {
        match code {
            Some("Breached") => Self::Breached,
            Some("Expired") => Self::Expired,
            Some("Validation") => Self::Validation,
            _ => Self::Other,
        }
    }
}

impl SignInField {
    /// The input's id.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Password => "current-password",
            Self::Code => "code",
        }
    }

    /// The id of the error text beside the input.
    pub const fn error_id(self) -> &'static str {
        match self {
            Self::Username => "username-error",
            Self::Password => "password-error",
            Self::Code => "code-error",
        }
    }

    /// What to do when the input is empty.
    pub fn missing(self) -> &'static str {
        texts::missing(self)
    }
}

impl CodeSource {
    /// How to get a code.
    pub fn hint(self) -> &'static str {
        texts::code_hint(self)
    }
}
