//! The texts about the passkeys of an account.

use crate::{Message, t};

/// Why a passkey could not be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyError {
    /// The name is empty or too long.
    Name,
    /// The user cancelled, the time ran out, or no authenticator can create a passkey. Browsers do not distinguish these cases.
    NotMade,
    /// The authenticator already has a passkey of this account.
    AlreadyThere,
    /// FusionAuth has rejected the new passkey.
    Refused,
}

/// A text of the account page.
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
    /// The label of the input for the name.
    Name,
    /// The hint for the name.
    NameHint,
    /// The initial name in the form if the device is unknown.
    DefaultName,
    /// The button that creates a passkey.
    Make,
    /// The same button, while the browser asks the user.
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
    /// The label of the date when a passkey was created.
    MadeAt,
    /// The label of the date when a passkey was last used.
    LastUsedAt,
    /// The label of the sites where a passkey works.
    Site,
}

impl PasskeyError {
    /// What happened, and what to do.
    pub fn message(self) -> Message {
        match self {
            Self::Name => Message::new(t!("Enter a name of up to 60 characters."), ""),
            Self::NotMade => Message::new(
                t!("We couldn't create a passkey."),
                t!("You may have cancelled or run out of time, or this device has no screen lock or security key."),
            ),
            Self::AlreadyThere => {
                Message::new(t!("This device already has a passkey for this account."), t!("Use it, or remove it first."))
            }
            Self::Refused => Message::new(
                t!("We couldn't save the passkey."),
                t!("Try again. If your device shows the passkey twice, delete one of them."),
            ),
        }
    }
}

impl PasskeyText {
    /// The text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Heading => t!("Passkeys"),
            Self::About => {
                t!(
                    "With a passkey, you sign in the way you unlock your device: with your fingerprint, face or PIN. You don't need a password."
                )
            }
            Self::Unsupported => t!("This browser can't create passkeys."),
            Self::Add => t!("Add a passkey"),
            Self::Name => t!("Passkey name"),
            Self::NameHint => t!("Choose a name you'll recognise in this list. You can't change it later."),
            Self::DefaultName => t!("My passkey"),
            Self::Make => t!("Continue"),
            Self::Making => t!("Waiting for your device…"),
            Self::Made => t!("Passkey saved."),
            Self::Remove => t!("Remove"),
            Self::AboutRemoval => {
                t!("It stops working here immediately. Your device may still show it until you delete it there too.")
            }
            Self::ConfirmRemoval => t!("Remove the passkey"),
            Self::Removing => t!("Removing the passkey…"),
            Self::Removed => t!("Passkey removed."),
            Self::MadeAt => t!("Added"),
            Self::LastUsedAt => t!("Last used"),
            Self::Site => t!("Works on"),
        }
    }
}
