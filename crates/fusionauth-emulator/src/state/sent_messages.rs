//! Messages that a real FusionAuth would send by mail or SMS.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The maximum number of messages that are kept; older ones are dropped.
const CAPACITY: usize = 500;

/// The latest messages that FusionAuth would have sent, oldest first. They stay in memory and are never written to the database, because
/// they hold ids and codes, and the database keeps only hashes of those.
#[derive(Default)]
pub(crate) struct SentMessages(Mutex<Vec<Message>>);

/// An email or SMS. This type has no `Debug`, because it holds ids and codes.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    /// When it was sent, in milliseconds since 1970.
    pub(crate) instant: i64,
    pub(crate) topic: Topic,
    /// `None` if the caller gave an email instead of a user.
    pub(crate) user_id: Option<Uuid>,
    /// An email address or a phone number.
    pub(crate) to: String,
    pub(crate) from: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The data that the recipient uses: `changePasswordId`, `verificationId`, `code` and the like.
    pub(crate) values: BTreeMap<String, String>,
}

/// The reason for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Topic {
    ForgotPassword,
    SetPassword,
    VerifyEmail,
    VerifyRegistration,
    TwoFactorCode,
    Passwordless,
    /// A template that a caller with an API key has chosen.
    Chosen,
}

impl SentMessages {
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn push(&self, message: Message) {
        let mut messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        messages.push(message);
        let surplus = messages.len().saturating_sub(CAPACITY);
        messages.drain(..surplus);
    }
}
