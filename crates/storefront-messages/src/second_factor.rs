//! The texts of the form for a second factor's code.

use crate::{Message, texts};

/// The place of the code that the form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePlace<'a> {
    /// In the user's authenticator app.
    App,
    /// In a message that was just sent to this email or phone number.
    Sent(&'a str),
    /// Nowhere yet: the user chooses where it is sent.
    NotSent,
}

/// Why a code could not be checked or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeError {
    /// A code was sent a moment ago. The next one can be sent later.
    SentAMomentAgo,
    /// The message could not be sent.
    NotSent,
    /// The code has expired, so the second factor starts over.
    StartedOver,
}

/// A button or checkbox of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeChoice<'a> {
    /// Sends a code to this email or phone number.
    SendTo(&'a str),
    /// Sends another code to the same email or phone number.
    SendAnother,
    /// Skips the second factor on this device from now on.
    TrustDevice,
}

impl CodePlace<'_> {
    /// What to enter.
    pub fn hint(self) -> String {
        texts::code_place(self)
    }
}

impl CodeError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        texts::code_error(self)
    }
}

impl CodeChoice<'_> {
    /// The label.
    pub fn label(self) -> String {
        texts::code_choice(self)
    }
}
