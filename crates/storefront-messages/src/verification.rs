//! The texts about verification before a sign-in, and about temporary blocks.

use crate::{Message, texts};

/// The text of a page that asks for a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationStep {
    /// A link was mailed.
    FollowLink,
    /// A code was mailed, and the user types it here.
    EnterCode,
    /// The user followed a mailed link, and one button verifies. Programs that open the links in emails press no buttons.
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
    /// A message was sent a moment ago. The next one can be sent later.
    SentAMomentAgo,
    /// Too many attempts.
    TooManyAttempts,
    /// This site requires no verification.
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

/// A further text for a sign-in that FusionAuth prevents: when the block ends, and how to end it sooner. `minutes` is `None` if FusionAuth
/// returns no end.
pub fn prevented(minutes: Option<i64>) -> String {
    texts::prevented(minutes)
}

/// How to contact the team.
pub fn contact(address: &str) -> String {
    texts::contact(address)
}
