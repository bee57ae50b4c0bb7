//! The texts of the product page: stock and delivery.

use crate::t;

/// A sentence on the page of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductMessage {
    /// The number of items in stock.
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
        match self {
            Self::Stock { left: 0 } => t!("Sold out.").to_owned(),
            Self::Stock { left: 1 } => t!("The last one in stock.").to_owned(),
            Self::Stock { left } => t!("{} in stock.", left),
            Self::Delivery => t!("Delivered in 2 to 4 working days. You can return it within 30 days.").to_owned(),
        }
    }
}
