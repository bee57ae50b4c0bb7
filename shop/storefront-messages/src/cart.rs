//! The reasons why the Store refuses the quantity that a user wants in the cart.

use crate::t;

/// Why the Store refuses a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartMessage {
    /// The quantity is not a whole number from 1 to the maximum.
    QuantityOutOfRange,
    /// The Store has fewer items than the user wants.
    OutOfStock {
        /// The number of available items.
        left: i64,
    },
}

impl CartMessage {
    /// The text that says what to do. `max_quantity` is the maximum quantity of a line.
    pub fn text(self, max_quantity: i64) -> String {
        match self {
            Self::QuantityOutOfRange => t!("Enter a whole number from 1 to {}.", max_quantity),
            Self::OutOfStock { left: 0 } => t!("This product is sold out.").to_owned(),
            Self::OutOfStock { left: 1 } => t!("Only 1 left in stock.").to_owned(),
            Self::OutOfStock { left } => t!("Only {} left in stock.", left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stock_is_told_in_words() {
        let text = |left| CartMessage::OutOfStock { left }.text(99);
        assert_eq!(text(0), "This product is sold out.");
        assert_eq!(text(1), "Only 1 left in stock.");
        assert_eq!(text(7), "Only 7 left in stock.");
    }
}
