//! The outcomes of a sign-in other than success: an error on the form, or a step that the user must complete first.

use crate::{Design, Message, text_of};

/// The status with which a backend between the browser and FusionAuth rejects a sign-in until FusionAuth has confirmed that the user signed
/// out everywhere: 424, "Failed Dependency" (RFC 4918). FusionAuth itself never answers with this status.
pub const SIGN_OUT_PENDING: u16 = 424;

/// Why the same sign-in form is shown again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// Nothing was sent, because these inputs are empty.
    Missing(Vec<SignInField>),
    /// The user is unknown, or the password is wrong. The text does not say which, so that nobody can find out who has an account.
    InvalidCredentials,
    /// The code of the second factor is wrong.
    InvalidCode,
    /// The time to enter the code of the second factor has expired.
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
    /// The user has signed out everywhere, and FusionAuth has not confirmed the end of all sessions yet. A new sign-in
    /// before that confirmation would end together with the old sessions.
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

/// The step that must be completed before an account can sign in. The password or the mailed code was correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// The account is not registered for the application.
    NotRegistered,
    /// The user must change the password first.
    PasswordChangeRequired(PasswordChangeReason),
    /// The email address is not verified.
    EmailNotVerified,
    /// The registration is not verified.
    RegistrationNotVerified,
}

/// Why FusionAuth requires a new password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordChangeReason {
    /// The password is in a known data breach.
    Breached,
    /// The password is too old.
    Expired,
    /// The password breaks the current rules.
    Validation,
    /// FusionAuth returned no reason, or a reason that this crate does not know.
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

impl SignInError {
    /// The text of the form's summary. It is empty for [`SignInError::Missing`], where each input has its own text.
    pub fn message<D: Design>(&self) -> Message {
        match self {
            Self::Missing(_) => Message::new("", ""),
            Self::InvalidCredentials => Message::new(
                text_of!(D, "The email or password is not correct."),
                text_of!(D, "Check both and try again, or choose a new password."),
            ),
            Self::InvalidCode => {
                Message::new(text_of!(D, "That code is not correct."), text_of!(D, "Codes change every 30 seconds. Enter the current one."))
            }
            Self::CodeExpired => {
                Message::new(text_of!(D, "You ran out of time to enter the code."), text_of!(D, "Enter your password again to start over."))
            }
            Self::Prevented => Message::new(text_of!(D, "Sign-in is blocked for now."), text_of!(D, "Wait a few minutes, then try again.")),
            Self::TooManyAttempts => Message::new(text_of!(D, "Too many attempts."), text_of!(D, "Wait a minute, then try again.")),
            Self::AccountExpired => Message::new(text_of!(D, "This account has expired."), text_of!(D, "Only our team can reopen it.")),
            Self::Locked => Message::new(text_of!(D, "This account is locked."), text_of!(D, "Only our team can unlock it.")),
            Self::Misconfigured(cause) => Message::new(text_of!(D, "Sign-in is not set up correctly on this site."), cause.text::<D>()),
            Self::SignOutPending => Message::new(
                text_of!(D, "You signed out on every device, but the sign-in service hasn't confirmed it yet."),
                text_of!(D, "Wait a minute, then try again."),
            ),
            Self::Unavailable => Message::new(
                text_of!(D, "The sign-in service isn't responding right now."),
                text_of!(D, "Nothing was lost. Try again in a moment."),
            ),
            Self::NoAnswer => Message::new(
                text_of!(D, "We couldn't reach the sign-in service."),
                text_of!(D, "Nothing was lost. Check your connection and try again."),
            ),
        }
    }

    /// Whether sending the same form again may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::SignOutPending | Self::Unavailable | Self::NoAnswer)
    }
}

impl Blocked {
    /// The page's heading.
    pub fn heading<D: Design>(self) -> &'static str {
        match self {
            Self::NotRegistered => text_of!(D, "Not registered yet"),
            Self::PasswordChangeRequired(_) => text_of!(D, "Change your password"),
            Self::EmailNotVerified => text_of!(D, "Confirm your email address"),
            Self::RegistrationNotVerified => text_of!(D, "Confirm your registration"),
        }
    }

    /// The page's text.
    pub fn message<D: Design>(self) -> Message {
        match self {
            Self::NotRegistered => Message::new(
                text_of!(D, "This account is not registered for this site."),
                text_of!(D, "Only our team can give you access. You can also use another account."),
            ),
            Self::PasswordChangeRequired(reason) => Message::new(
                match reason {
                    PasswordChangeReason::Breached => {
                        text_of!(D, "Your password appeared in a data breach. Change it before you sign in.")
                    }
                    PasswordChangeReason::Expired => text_of!(D, "Your password has expired. Change it before you sign in."),
                    PasswordChangeReason::Validation => {
                        text_of!(D, "Your password no longer meets our rules. Change it before you sign in.")
                    }
                    PasswordChangeReason::Other => text_of!(D, "You need to change your password before you sign in."),
                },
                text_of!(
                    D,
                    "Use the reset link we sent you, or request a new one with “Forgot your password?”. Then sign in with your new password."
                ),
            ),
            Self::EmailNotVerified => Message::new(
                text_of!(D, "You haven't confirmed your email address yet."),
                text_of!(D, "Open the link in the email we sent you, then sign in again."),
            ),
            Self::RegistrationNotVerified => Message::new(
                text_of!(D, "You haven't confirmed your registration for this site yet."),
                text_of!(D, "Open the link in the email we sent you, then sign in again."),
            ),
        }
    }
}

impl PasswordChangeReason {
    /// The reason for `code`, the value of FusionAuth's `changePasswordReason`.
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

    /// The text that says what to do if the input is empty.
    pub fn missing<D: Design>(self) -> &'static str {
        match self {
            Self::Username => text_of!(D, "Enter your email address."),
            Self::Password => text_of!(D, "Enter your password."),
            Self::Code => text_of!(D, "Enter your code"),
        }
    }
}

impl Misconfiguration {
    fn text<D: Design>(self) -> &'static str {
        match self {
            Self::ApiKeyRequired => {
                text_of!(
                    D,
                    "Your email and password are not the problem. For the site's developers: FusionAuth asks for an API key (401). Turn off \
                requireAuthentication in the application's login settings."
                )
            }
            Self::Invalid => {
                text_of!(
                    D,
                    "Your email and password are not the problem. For the site's developers: FusionAuth rejected the request (400). Check the \
                application ID."
                )
            }
            Self::UnusableToken => {
                text_of!(
                    D,
                    "Your email and password are not the problem. For the site's developers: the access token is for another application."
                )
            }
            Self::Logged => {
                text_of!(D, "Your email and password are not the problem. For the site's developers: see the server's log for the cause.")
            }
        }
    }
}
