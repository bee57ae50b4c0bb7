//! The texts about verification before a sign-in, and about temporary blocks.

use crate::{Design, Message, text_of};

/// The text of a page that asks for a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationStep {
    /// A link was mailed.
    FollowLink,
    /// A code was mailed, and the user types it here.
    EnterCode,
    /// The user followed a mailed link. The page asks the user to press a button, because some mail programs open links, too.
    Confirm,
}

/// Why an email or a registration could not be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationError {
    /// The code is empty.
    Blank,
    /// The code is wrong.
    WrongCode,
    /// The link or the code is unknown, was used, or is too old.
    Expired,
    /// A message was sent a moment ago. The next message can be sent later.
    SentAMomentAgo,
    /// Too many attempts.
    TooManyAttempts,
    /// This site requires no verification.
    NotConfigured,
    /// FusionAuth answered with an error, or not at all.
    Unavailable,
}

impl VerificationStep {
    /// The text that says what to do.
    pub fn text<D: Design>(self) -> &'static str {
        match self {
            Self::FollowLink => text_of!(D, "We sent you an email with a link. Open the link, then sign in again."),
            Self::EnterCode => text_of!(D, "We sent you an email with a code. Enter the code here."),
            Self::Confirm => text_of!(D, "Click the button to confirm."),
        }
    }
}

impl VerificationError {
    /// What happened, and what to do.
    pub fn message<D: Design>(self) -> Message {
        match self {
            Self::Blank => Message::new(text_of!(D, "Enter the code from the email."), ""),
            Self::WrongCode => Message::new(text_of!(D, "That code is not correct."), text_of!(D, "Enter the code from the latest email.")),
            Self::Expired => Message::new(
                text_of!(D, "This link or code is no longer valid."),
                text_of!(D, "Links and codes work once and then expire. Request another email."),
            ),
            Self::SentAMomentAgo => Message::new(
                text_of!(D, "We sent you an email a moment ago."),
                text_of!(D, "Check your inbox and your spam folder. You can request another email after 30 seconds."),
            ),
            Self::TooManyAttempts => Message::new(text_of!(D, "Too many attempts."), text_of!(D, "Wait a minute, then try again.")),
            Self::NotConfigured => {
                Message::new(text_of!(D, "You don't need to confirm anything on this site."), text_of!(D, "Sign in with your password."))
            }
            Self::Unavailable => Message::new(
                text_of!(D, "The sign-in service isn't responding right now."),
                text_of!(D, "Nothing was lost. Try again in a moment."),
            ),
        }
    }
}

/// A further text for a sign-in that FusionAuth prevents: when the block ends, and how to end it sooner. `minutes` is the time until the
/// block ends; `None` if FusionAuth returns no end.
pub fn prevented<D: Design>(minutes: Option<i64>) -> String {
    let when = match minutes {
        None => text_of!(D, "The block stays until we lift it.").to_owned(),
        Some(minutes) if minutes <= 1 => text_of!(D, "The block ends within a minute.").to_owned(),
        Some(minutes) => text_of!(D, "The block ends in {} minutes.", minutes),
    };
    text_of!(
        D,
        "{} If you entered a wrong password too many times, reset your password to sign in right away. We'll email you a link.",
        when
    )
}

/// How to reach the site's team.
pub fn contact<D: Design>(email: &str) -> String {
    text_of!(D, "You can reach us at {}.", email)
}
