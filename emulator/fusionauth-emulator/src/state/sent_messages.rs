//! Messages that a real FusionAuth would send by mail or SMS.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use tokio::sync::watch;
use uuid::Uuid;

/// The maximum number of messages that are kept; older ones are dropped.
const CAPACITY: usize = 500;

/// The latest messages that FusionAuth would have sent, oldest first. They stay in memory and are never written to the database, because
/// they contain ids and codes, of which the database stores only hashes.
#[derive(Default)]
pub(crate) struct SentMessages(watch::Sender<Vec<Message>>);

/// An email or SMS that FusionAuth would have sent.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// The message's id.
    pub id: Uuid,
    /// When the message was sent, in milliseconds since 1970.
    pub instant: i64,
    /// The reason for the message.
    pub topic: Topic,
    /// The recipient's id; `None` if the caller gave an email instead of a user.
    pub user_id: Option<Uuid>,
    /// An email address or a phone number.
    pub to: String,
    /// The sender's email.
    pub from: String,
    /// The sender's name; empty if the template has none.
    pub from_name: String,
    /// The subject.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML; empty without a template.
    pub html: String,
    /// The data that the recipient uses: `changePasswordId`, `verificationId`, `code` and the like.
    pub values: BTreeMap<String, String>,
}

/// Leaves out the texts and the values, because they contain ids and codes.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("topic", &self.topic).field("to", &self.to).finish_non_exhaustive()
    }
}

/// The reason for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Topic {
    /// A forgotten password. The value is `changePasswordId`.
    ForgotPassword,
    /// A first password, for a user whom an administrator created. The value is `changePasswordId`.
    SetPassword,
    /// The user's email must be verified. The value is `verificationId`.
    VerifyEmail,
    /// The registration must be verified. The value is `verificationId`.
    VerifyRegistration,
    /// A second factor: a code that the user must enter. The value is `code`.
    TwoFactorCode,
    /// A sign-in without a password. The value is `code`.
    Passwordless,
    /// The password was changed through a mailed id.
    PasswordResetSuccess,
    /// The password was changed in another way.
    PasswordUpdate,
    /// The email was verified.
    EmailVerified,
    /// A second factor was added.
    TwoFactorMethodAdd,
    /// A second factor was removed.
    TwoFactorMethodRemove,
    /// `POST /api/email/send`: the caller has chosen the template.
    Chosen,
}

impl SentMessages {
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.0.borrow().clone()
    }

    /// Waits until `is_enough` is true of the messages.
    pub(crate) async fn wait_until(&self, is_enough: impl Fn(&[Message]) -> bool) {
        // An error would mean that the sender was dropped, but `self` owns it.
        let _ = self.0.subscribe().wait_for(|it| is_enough(it)).await;
    }

    pub(crate) fn clear(&self) {
        self.0.send_modify(Vec::clear);
    }

    pub(crate) fn push(&self, message: Message) {
        self.0.send_modify(|messages| {
            messages.push(message);
            let surplus = messages.len().saturating_sub(CAPACITY);
            messages.drain(..surplus);
        });
    }
}
