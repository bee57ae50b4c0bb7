//! What joins the Store and the Forums: threads that are about a product.

use serde::{Deserialize, Serialize};

/// The product that a thread is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadProduct {
    /// The product's id.
    pub id: String,
    /// The name that people read.
    pub name: String,
}

/// How many threads the page of a product shows.
pub const SHOWN_THREADS: usize = 3;

/// A thread as the Store shows it to everybody: without the name of its author, and without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadSummary {
    /// The thread's id.
    pub id: String,
    /// The title, which is empty if its author has given none.
    pub title: String,
    /// How many replies the thread has.
    pub replies: i64,
    /// When it was begun: RFC 3339, UTC.
    pub created_at: String,
}

/// The header with which `GET /api/load-posts` names the product that the list is narrowed to, percent-encoded. Without it the Store has no
/// such product.
pub const PRODUCT_NAME_HEADER: &str = "storefront-product";
