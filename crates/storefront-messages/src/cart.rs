//! The reasons why a cart cannot hold the quantity that a user asks for.

use crate::texts;

/// Why a quantity is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartMessage {
    /// The quantity is no whole number, or outside 1 to the limit.
    QuantityOutOfRange,
    /// The Store has fewer than that.
    OutOfStock {
        /// How many can be ordered.
        left: i64,
    },
}

impl CartMessage {
    /// What to do. `max_quantity` is the most that a line may hold.
    pub fn text(self, max_quantity: i64) -> String {
        texts::cart(self, max_quantity)
    }
}
