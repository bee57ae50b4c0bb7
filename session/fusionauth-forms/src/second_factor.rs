//! The texts of the form for a second factor's code.

use crate::{Design, Message, text_of};

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
    pub fn hint<D: Design>(self) -> String {
        match self {
            Self::App => text_of!(D, "Enter the six-digit code from your authenticator app. You can also use a recovery code.").to_owned(),
            Self::Sent(to) => {
                text_of!(D, "We sent a code to {}. You can request another one after 30 seconds.", to)
            }
            Self::NotSent => text_of!(D, "Choose where to send your code, or enter one of your recovery codes.").to_owned(),
        }
    }
}

impl CodeError {
    /// What happened, and what to do.
    pub fn message<D: Design>(self) -> Message {
        match self {
            Self::SentAMomentAgo => Message::new(
                text_of!(D, "We sent you a code a moment ago."),
                text_of!(D, "Check your messages. You can request another code after 30 seconds."),
            ),
            Self::NotSent => {
                Message::new(text_of!(D, "We couldn't send the code."), text_of!(D, "Try again in a moment, or get your code another way."))
            }
            Self::StartedOver => Message::new(text_of!(D, "You ran out of time to enter the code."), text_of!(D, "Enter a new code.")),
        }
    }
}

impl CodeChoice<'_> {
    /// The label.
    pub fn label<D: Design>(self) -> String {
        match self {
            Self::SendTo(to) => text_of!(D, "Send a code to {}", to),
            Self::SendAnother => text_of!(D, "Send another code").to_owned(),
            Self::TrustDevice => text_of!(D, "Don't ask for a code on this device again").to_owned(),
        }
    }
}
