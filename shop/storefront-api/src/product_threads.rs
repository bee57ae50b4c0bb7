//! The link between the Store and the Forums: threads about a product.

use serde::{Deserialize, Serialize};

/// The product that a thread is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadProduct {
    /// The product's id.
    pub id: String,
    /// The name that people read.
    pub name: String,
}

/// The number of threads on the page of a product.
pub const SHOWN_THREADS: usize = 3;

/// The maximum length of an answer on the page of a product, in characters.
pub const MAX_ANSWER_CHARS: usize = 300;

/// A thread as the Store shows it publicly: its title and its first answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadSummary {
    /// The thread's id.
    pub id: String,
    /// The title. Empty: the author gave it none.
    pub title: String,
    /// How many replies the thread has.
    pub replies: i64,
    /// When the thread began: RFC 3339, UTC.
    pub created_at: String,
    /// The first reply by another user that was not deleted, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ThreadAnswer>,
}

/// An answer as the Store shows it publicly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadAnswer {
    /// The author's display name.
    pub author: String,
    /// The author's own words, shortened to [`MAX_ANSWER_CHARS`].
    pub text: String,
}

/// The header of `GET /api/load-posts` with the percent-encoded name of the product to which the request limits the list. Absent if the
/// Store has no such product.
pub const PRODUCT_NAME_HEADER: &str = "storefront-product";
