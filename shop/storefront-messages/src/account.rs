//! The errors of the account pages.

use crate::{Message, t};

/// Why an action on the account pages failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// This is not the current password.
    WrongPassword,
    /// The account has a second factor, so its password can be changed only through a mailed link.
    LinkNeeded,
    /// The email is not confirmed, so the account must not get a passkey or a second factor.
    EmailNotProven,
    /// This site cannot send the code that verifies a new email.
    EmailUnavailable,
    /// The last sign-in is too old for a sensitive change without the password.
    PasswordNeeded,
    /// FusionAuth has not confirmed the end of a session.
    SessionNotEnded,
    /// FusionAuth answered with an error, or not at all.
    Unavailable,
}

impl AccountError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        match self {
            Self::WrongPassword => Message::new(t!("That is not your current password."), t!("Enter the password you sign in with.")),
            Self::LinkNeeded => Message::new(
                t!("Two-factor authentication protects this account, so you need a code to change its password."),
                t!("Use “Forgot your password?” on the sign-in page. The page behind the link asks for the code."),
            ),
            Self::EmailNotProven => Message::new(
                t!("Confirm your email first."),
                t!("Open the link in the email we sent you. Or enter your email again where you change it, and we'll send you a code."),
            ),
            Self::EmailUnavailable => Message::new(t!("This site can't send emails."), t!("Your email has not changed.")),
            Self::PasswordNeeded => Message::new(t!("To confirm it's you, enter your current password."), ""),
            Self::SessionNotEnded => Message::new(t!("That session may still be active."), t!("Try again in a moment.")),
            Self::Unavailable => {
                Message::new(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
            }
        }
    }
}
