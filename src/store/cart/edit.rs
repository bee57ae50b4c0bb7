//! The edits of a cart. This module neither stores nor sends them.

use crate::data::{ApiError, new_key};
use serde::{Deserialize, Serialize};

/// An edit of a cart: the addition of a product, or the change of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// The id of the user who made the edit. Empty: a guest made it.
    pub user: String,
    /// The product's id.
    pub product: String,
    /// The product's name.
    pub name: String,
    /// Identifies the edit. For an addition, this is also the idempotency key of its requests.
    pub key: String,
    /// How many of the product an addition adds.
    #[serde(default = "one")]
    pub quantity: i64,
    /// The change of a line. `None`: the edit adds the product.
    pub change: Option<LineChange>,
    /// The time when the edit was made, in milliseconds since 1970. 0: long ago.
    pub made_at: f64,
    /// How far the edit is. Only unanswered edits are stored.
    #[serde(skip)]
    pub progress: Progress,
}

/// The quantity of an addition that a previous release has stored.
fn one() -> i64 {
    1
}

/// The new quantity of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChange {
    /// The quantity that the shopper wants. 0: the line is removed.
    pub quantity: i64,
    /// The version of the line that the shopper had seen. `None`: the change applies to any version.
    pub version: Option<i64>,
    /// The quantity of the request in flight, which the backend may have received.
    pub sent: Option<i64>,
    /// The quantity that was shown before, to which the shopper can restore a removed line. 0: there is none.
    #[serde(default)]
    pub before: i64,
}

/// How far an edit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// The edit has no request yet: the app does not know yet who uses it, an earlier page has left the edit behind, or the user's session
    /// has expired. In the last case, the app sends the edit when the same user signs in again.
    #[default]
    Unsent,
    /// The request waits to be sent, or is in flight.
    Pending,
    /// The backend has made the edit.
    Done,
    /// The backend rejected the request, or there was no answer.
    Failed(ApiError),
}

impl Edit {
    /// Whether the backend may still have to make the edit.
    pub fn is_unanswered(&self) -> bool {
        !matches!(self.progress, Progress::Done | Progress::Failed(_))
    }

    /// Lets the app send the edit again, as an old one, by another request than any earlier one.
    pub fn leave_behind(&mut self) {
        (self.key, self.made_at, self.progress) = (new_key(), 0.0, Progress::Unsent);
    }

    /// Whether the edit removes a line.
    pub fn is_removal(&self) -> bool {
        self.change.is_some_and(|change| change.quantity == 0)
    }
}
