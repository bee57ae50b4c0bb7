//! The reasons why a cart cannot hold the quantity that a user asks for.

use crate::texts;

/// Why a quantity is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartMessage {
    /// The quantity is not a whole number from 1 to the maximum.
    QuantityOutOfRange,
    /// The Store has fewer than this quantity.
    OutOfStock {
        /// The available number.
        left: i64,
    },
}

impl CartMessage {
    /// The text that says what to do. `max_quantity` is the maximum quantity of a line.
    pub fn text(self, max_quantity: i64) -> String {
        texts::cart(self, max_quantity)
    }
}
