//! What the page of a product says beside what is known of the product.

use crate::texts;

/// A sentence on the page of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductMessage {
    /// How many there are.
    Stock {
        /// The number, 0 or more.
        left: i64,
    },
    /// When and how it comes.
    Delivery,
}

impl ProductMessage {
    /// The sentence.
    pub fn text(self) -> String {
        texts::product(self)
    }
}
