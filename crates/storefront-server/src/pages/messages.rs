//! What the sign-in pages say. Every outcome has its own words, the same as in the single-page app.

use axum::http::StatusCode;

/// Why the same form stands there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nothing was sent: these inputs are empty.
    Missing(Vec<Input>),
    InvalidCredentials,
    InvalidCode,
    CodeExpired,
    Prevented,
    AccountExpired,
    Locked,
    /// FusionAuth and this server are not set up for each other.
    Misconfigured,
    Unavailable,
}

/// What has to be done before this account can sign in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    NotRegistered,
    /// With FusionAuth's reason.
    PasswordChangeRequired(Option<String>),
    EmailNotVerified,
    RegistrationNotVerified,
}

/// An input of the sign-in forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Username,
    Password,
    Code,
}

impl Input {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Password => "current-password",
            Self::Code => "code",
        }
    }

    pub(crate) fn missing(self) -> &'static str {
        match self {
            Self::Username => "Enter your email address",
            Self::Password => "Enter your password",
            Self::Code => "Enter your code",
        }
    }
}

impl Refusal {
    /// Never 401, which would ask for an `Authorization` header.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Missing(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Misconfigured => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// What happened, and what to do next. Empty for [`Refusal::Missing`]: each input has its own text.
    pub(crate) fn text(&self) -> (&'static str, &'static str) {
        match self {
            Self::Missing(_) => ("", ""),
            Self::InvalidCredentials => ("The email or password is not correct.", "Check both and try again."),
            Self::InvalidCode => ("That code is not correct.", "Codes change every 30 seconds. Enter the one that shows now."),
            Self::CodeExpired => ("The code came too late.", "Enter your password once more to get another try."),
            Self::Prevented => ("Sign-in is blocked for now.", "Wait a few minutes, then try again."),
            Self::AccountExpired => ("This account has expired.", "Contact us to have it opened again."),
            Self::Locked => ("This account is locked.", "Contact us to have it unlocked."),
            Self::Misconfigured => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: the server's log says what is missing.",
            ),
            Self::Unavailable => ("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment."),
        }
    }
}

impl Stop {
    /// The page's heading, what happened, and what to do next.
    pub(crate) fn text(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::NotRegistered => (
                "Not registered here",
                "Your email and password are correct, but this account is not registered for this site.",
                "Contact us to be added, or use another account.",
            ),
            Self::PasswordChangeRequired(reason) => (
                "Change your password",
                match reason.as_deref() {
                    Some("Breached") => "Your password was found in a known data breach, so it has to be changed before you can sign in.",
                    Some("Expired") => "Your password is too old, so it has to be changed before you can sign in.",
                    Some("Validation") => "Your password no longer meets the rules, so it has to be changed before you can sign in.",
                    _ => "Your password has to be changed before you can sign in.",
                },
                "Use the link for a new password that we sent you, or contact us for one. Then sign in with the new password.",
            ),
            Self::EmailNotVerified => (
                "Confirm your email address",
                "Your password is correct, but your email address is not confirmed yet.",
                "Open the link in the message that we sent you, then sign in again.",
            ),
            Self::RegistrationNotVerified => (
                "Confirm your registration",
                "Your password is correct, but your registration for this site is not confirmed yet.",
                "Open the link in the message that we sent you, then sign in again.",
            ),
        }
    }
}
