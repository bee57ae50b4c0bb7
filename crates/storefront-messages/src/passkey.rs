//! The texts about passkeys.

use crate::{Message, texts};

/// Why a passkey could not be made, used or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyError {
    /// The name is empty or too long.
    Name,
    /// The user cancelled, the time ran out, or no authenticator can do it. Browsers do not distinguish these.
    NotMade,
    /// The authenticator has a passkey of this account already.
    AlreadyThere,
    /// FusionAuth has not taken what the browser made.
    Refused,
    /// The user cancelled, the time ran out, or the browser has no passkey of this account. Browsers do not distinguish these.
    NotUsed,
    /// FusionAuth has not taken the passkey for a sign-in.
    NotAccepted,
}

/// A text of the account page or the sign-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyText {
    /// The heading.
    Heading,
    /// What a passkey is for.
    About,
    /// This browser can't make any.
    Unsupported,
    /// The button that opens the form.
    Add,
    /// The label of the name.
    Name,
    /// What the name is for.
    NameHint,
    /// The name that the form begins with where the browser has none.
    DefaultName,
    /// The button that asks the browser.
    Make,
    /// The same, while the browser asks its user.
    Making,
    /// One was made.
    Made,
    /// The button that opens the question whether to remove one.
    Remove,
    /// What a removal does, and what it leaves.
    AboutRemoval,
    /// The button that removes it.
    ConfirmRemoval,
    /// The same, while it is removed.
    Removing,
    /// It is removed.
    Removed,
    /// When one was made.
    MadeAt,
    /// When one was last used.
    LastUsedAt,
    /// Where one can be used.
    Site,
    /// The button on the sign-in page.
    SignIn,
}

impl PasskeyError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        texts::passkey_error(self)
    }
}

impl PasskeyText {
    /// The text.
    pub fn text(self) -> &'static str {
        texts::passkey_text(self)
    }
}
