//! The texts about verification before a sign-in, and about temporary blocks.

use crate::{Message, t};

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
    pub fn text(self) -> &'static str {
        match self {
            Self::FollowLink => t!("We sent you an email with a link. Open the link, then sign in again."),
            Self::EnterCode => t!("We sent you an email with a code. Enter the code here."),
            Self::Confirm => t!("Click the button to confirm."),
        }
    }
}

impl VerificationError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        match self {
            Self::Blank => Message::new(t!("Enter the code from the email."), ""),
            Self::WrongCode => Message::new(t!("That code is not correct."), t!("Enter the code from the latest email.")),
            Self::Expired => Message::new(
                t!("This link or code is no longer valid."),
                t!("Links and codes work once and then expire. Request another email."),
            ),
            Self::SentAMomentAgo => Message::new(
                t!("We sent you an email a moment ago."),
                t!("Check your inbox and your spam folder. You can request another email after 30 seconds."),
            ),
            Self::TooManyAttempts => Message::new(t!("Too many attempts."), t!("Wait a minute, then try again.")),
            Self::NotConfigured => Message::new(t!("You don't need to confirm anything on this site."), t!("Sign in with your password.")),
            Self::Unavailable => {
                Message::new(t!("The sign-in service isn't responding right now."), t!("Nothing was lost. Try again in a moment."))
            }
        }
    }
}

/// A further text for a sign-in that FusionAuth prevents: when the block ends, and how to end it sooner. `minutes` is the time until the
/// block ends; `None` if FusionAuth returns no end.
pub fn prevented(minutes: Option<i64>) -> String {
    let when = match minutes {
        None => t!("The block stays until we lift it.").to_owned(),
        Some(minutes) if minutes <= 1 => t!("The block ends within a minute.").to_owned(),
        Some(minutes) => t!("The block ends in {} minutes.", minutes),
    };
    t!("{} If you entered a wrong password too many times, reset your password to sign in right away. We'll email you a link.", when)
}

/// How to contact the team.
pub fn contact(email: &str) -> String {
    t!("You can reach us at {}.", email)
}
