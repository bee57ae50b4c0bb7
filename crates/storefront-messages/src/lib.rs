//! The texts that the single-page app and the server-rendered pages share.
//!
//! Each outcome has a code, which is a variant of an enum, and each code has a text in every language. A language is one file, such
//! as `en.rs`: functions that match every code, so that the compiler names each text that is missing in a language.
//! The texts are reached through `match` and never through a table, so that the app's linker keeps only the texts that the app shows.
//! This crate never decides which outcome a request has, and it never formats money or dates.

#![warn(missing_docs)]

use std::fmt;

mod account;
mod cart;
mod en;
mod field;
mod mail;
mod passkey;
mod password;
mod post;
mod product;
mod second_factor;
mod session;
mod sign_in;
mod verification;

pub use account::AccountError;
pub use cart::CartMessage;
pub use field::FieldMessage;
pub use mail::MailText;
pub use passkey::{PasskeyError, PasskeyText};
pub use password::{PasswordError, PasswordHint};
pub use post::PostMessage;
pub use product::ProductMessage;
pub use second_factor::{CodeChoice, CodeError, CodePlace};
pub use session::SessionMessage;
pub use sign_in::{Blocked, CodeSource, Misconfiguration, PasswordChangeReason, SignInError, SignInField};
pub use verification::{VerificationError, VerificationStep, contact, prevented};

/// A text in two parts, as a form's summary shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// What happened.
    pub what: &'static str,
    /// What the reader can do next.
    pub next: &'static str,
}

impl fmt::Display for Message {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {}", self.what, self.next)
    }
}
