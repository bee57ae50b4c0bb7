//! The texts about passkeys.

use crate::{Message, texts};

/// Why a passkey could not be created, used or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyError {
    /// The name is empty or too long.
    Name,
    /// The user cancelled, the time ran out, or no authenticator can do it. Browsers do not distinguish these.
    NotMade,
    /// The authenticator already has a passkey of this account.
    AlreadyThere,
    /// FusionAuth has rejected the new passkey.
    Refused,
    /// The user cancelled, the time ran out, or the browser has no passkey of this account. Browsers do not distinguish these.
    NotUsed,
    /// FusionAuth has rejected the passkey in a sign-in.
    NotAccepted,
}

/// A text of the account page or the sign-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyText {
    /// The heading.
    Heading,
    /// What a passkey is for.
    About,
    /// This browser can't create passkeys.
    Unsupported,
    /// The button that opens the form.
    Add,
    /// The label of the name.
    Name,
    /// The hint for the name.
    NameHint,
    /// The initial name in the form if the device is unknown.
    DefaultName,
    /// The button that creates a passkey.
    Make,
    /// The same button, while the browser asks its user.
    Making,
    /// A passkey was created.
    Made,
    /// The button that opens the confirmation of a removal.
    Remove,
    /// The effects of a removal, here and on the device.
    AboutRemoval,
    /// The button that removes the passkey.
    ConfirmRemoval,
    /// The same button, while the removal is in flight.
    Removing,
    /// The passkey was removed.
    Removed,
    /// The label of the date of its creation.
    MadeAt,
    /// The label of the date of its last use.
    LastUsedAt,
    /// The label of the sites where it works.
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
