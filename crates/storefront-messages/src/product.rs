//! The texts of the product page: stock and delivery.

use crate::texts;

/// A sentence on the page of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductMessage {
    /// The stock.
    Stock {
        /// The number, 0 or more.
        left: i64,
    },
    /// The delivery time and costs.
    Delivery,
}

impl ProductMessage {
    /// The sentence.
    pub fn text(self) -> String {
        texts::product(self)
    }
}
