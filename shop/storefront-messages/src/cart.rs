//! The number of items in a cart, and the reasons why the Store refuses the quantity that a user wants in it.

use crate::{Language, counted, t};

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

/// The number of items in words, such as "1 item" or "2 items".
pub fn item_count(count: i64) -> String {
    counted(count, t!("{} item"), t!("{} items"))
}

/// The noun for this number of items, with a space before it.
pub fn items_after(count: i64) -> &'static str {
    if Language::current().is_singular(count) { t!(" item") } else { t!(" items") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_counts_have_singular_and_plural() {
        let texts = |language: Language| language.scope(|| [0, 1, 2].map(item_count));
        assert_eq!(texts(Language::English), ["0 items", "1 item", "2 items"]);
        assert_eq!(texts(Language::German), ["0 Artikel", "1 Artikel", "2 Artikel"]);
        assert_eq!(texts(Language::French), ["0 article", "1 article", "2 articles"]);
        assert_eq!(Language::French.scope(|| [1, 2].map(items_after)), [" article", " articles"]);
    }

    #[test]
    fn the_stock_is_told_in_words() {
        let text = |left| CartMessage::OutOfStock { left }.text(99);
        assert_eq!(text(0), "This product is sold out.");
        assert_eq!(text(1), "Only 1 left in stock.");
        assert_eq!(text(7), "Only 7 left in stock.");
    }
}
