#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod after_refusal;
mod de;
mod design;
mod fr;
mod passkey;
mod password;
mod passwordless;
mod second_factor;
mod sign_in;
mod verification;

pub use after_refusal::{AfterRefusal, ChangePasswordId, Step, TwoFactorId};
pub use design::{Classes, Design, English, French, German, List, MissingText, Text, around, equal, fill, line_parts};
pub use passkey::PasskeySignInError;
pub use password::{PasswordError, PasswordHint, broken_rule_text};
pub use passwordless::PasswordlessError;
pub use second_factor::{CodeChoice, CodeError, CodePlace};
pub use sign_in::{Blocked, Misconfiguration, PasswordChangeReason, SIGN_OUT_PENDING, SignInError, SignInField};
pub use verification::{VerificationError, VerificationStep, contact, prevented};

use std::fmt;

/// The text of a design for an English literal, which the compiler finds in the design's lists, as a `&'static str`. With further arguments
/// the result is a `String`, in which each argument replaces a `{}`, in order.
#[macro_export]
macro_rules! text_of {
    ($design:ty, $english:literal) => {
        const { &$crate::Text::<$design>::new($english) }.get()
    };
    ($design:ty, $english:literal, $($argument:expr),+ $(,)?) => {
        $crate::fill($crate::text_of!($design, $english), &[$(&$argument),+])
    };
}

/// A text in two parts, for the summary of a form's errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// What happened.
    pub what: &'static str,
    /// What the reader can do next.
    pub next: &'static str,
}

impl Message {
    /// A message of these two texts. `next` may be empty.
    pub const fn new(what: &'static str, next: &'static str) -> Self {
        Self { what, next }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {}", self.what, self.next)
    }
}
