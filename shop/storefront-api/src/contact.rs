//! The contact form.

use serde::{Deserialize, Serialize};

/// The maximum length of a message, in characters.
pub const MAX_MESSAGE_CHARS: usize = 5_000;

/// The maximum length of the sender's name, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Body of `POST /api/contact`: a message to the shop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactMessage {
    /// The sender's name, in one line.
    pub full_name: String,
    /// The email to which the shop answers.
    pub email: String,
    /// The number of the order that the message is about. Empty if there is none.
    pub order: String,
    /// The text, from 1 to [`MAX_MESSAGE_CHARS`] characters after trimming.
    pub body: String,
}
