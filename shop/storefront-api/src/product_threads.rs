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

/// A thread as the Store shows it publicly: without its author's name, and without its text.
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
}

/// The header of `GET /api/load-posts` with the percent-encoded name of the product to which the request limits the list. Absent if the
/// Store has no such product.
pub const PRODUCT_NAME_HEADER: &str = "storefront-product";
