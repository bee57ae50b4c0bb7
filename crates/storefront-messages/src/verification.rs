//! The texts about verification before a sign-in, and about temporary blocks.

use crate::{Message, texts};

/// What the page says that asks for a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationStep {
    /// A link was mailed.
    FollowLink,
    /// A code was mailed, which is typed here.
    EnterCode,
    /// A mailed link was followed, and one button verifies. Programs that open the links in mails press no buttons.
    Confirm,
}

/// Why something could not be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationError {
    /// Nothing was typed.
    Blank,
    /// This is not the code that was sent.
    WrongCode,
    /// The link or the code is unknown, was used, or is too old.
    Expired,
    /// Email already sent, and none is sent again so soon.
    SentAMomentAgo,
    /// Too many attempts.
    TooManyAttempts,
    /// This site verifies nothing.
    NotConfigured,
    /// FusionAuth answered with an error, or not at all.
    Unavailable,
}

impl VerificationStep {
    /// What to do.
    pub fn text(self) -> &'static str {
        texts::verification_step(self)
    }
}

impl VerificationError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        texts::verification_error(self)
    }
}

/// What else to say when FusionAuth prevents a sign-in: how long, and how it ends sooner. `minutes` is `None` if FusionAuth says no end.
pub fn prevented(minutes: Option<i64>) -> String {
    texts::prevented(minutes)
}

/// Whom to turn to when only a person can help.
pub fn contact(address: &str) -> String {
    texts::contact(address)
}
