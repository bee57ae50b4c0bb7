//! The texts of the form for a second factor's code.

use crate::{Message, t};

/// Where the user finds the code that the form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePlace<'a> {
    /// In the user's authenticator app.
    App,
    /// In a message that was just sent to this email or phone number.
    Sent(&'a str),
    /// The code is not sent yet: the user first chooses where to send it.
    NotSent,
}

/// Why a code could not be checked or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// A code was sent a moment ago. The next code can be sent later.
    SentAMomentAgo,
    /// The message could not be sent.
    NotSent,
    /// The time for the second factor has expired, so the second factor starts again with a new code.
    StartedOver,
}

/// A button or checkbox of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeChoice<'a> {
    /// Sends a code to this email or phone number.
    SendTo(&'a str),
    /// Sends another code to the same email or phone number.
    SendAnother,
    /// Skips the second factor at later sign-ins on this device.
    TrustDevice,
}

impl CodePlace<'_> {
    /// The text that says what to enter.
    pub fn hint(self) -> String {
        match self {
            Self::App => t!("Enter the six-digit code from your authenticator app. You can also use a recovery code.").to_owned(),
            Self::Sent(to) => {
                t!("We sent a code to {}. You can request another one after 30 seconds.", to)
            }
            Self::NotSent => t!("Choose where to send your code, or enter one of your recovery codes.").to_owned(),
        }
    }
}

impl CodeError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        match self {
            Self::SentAMomentAgo => Message::new(
                t!("We sent you a code a moment ago."),
                t!("Check your messages. You can request another code after 30 seconds."),
            ),
            Self::NotSent => Message::new(t!("We couldn't send the code."), t!("Try again in a moment, or get your code another way.")),
            Self::StartedOver => Message::new(t!("You ran out of time to enter the code."), t!("Enter a new code.")),
        }
    }
}

impl CodeChoice<'_> {
    /// The label.
    pub fn label(self) -> String {
        match self {
            Self::SendTo(to) => t!("Send a code to {}", to),
            Self::SendAnother => t!("Send another code").to_owned(),
            Self::TrustDevice => t!("Don't ask for a code on this device again").to_owned(),
        }
    }
}
