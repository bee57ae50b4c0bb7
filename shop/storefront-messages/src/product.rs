//! The texts of the product page: stock, returns and pictures.

use crate::t;
use storefront_api::pictures::PictureKind;

/// A sentence on the page of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductMessage {
    /// The number of items in stock.
    Stock {
        /// The number, 0 or more.
        left: i64,
    },
    /// That the shopper can return it.
    Returns,
}

impl ProductMessage {
    /// The sentence.
    pub fn text(self) -> String {
        match self {
            Self::Stock { left: 0 } => t!("Sold out.").to_owned(),
            Self::Stock { left: 1 } => t!("The last one in stock.").to_owned(),
            Self::Stock { left } => t!("{} in stock.", left),
            Self::Returns => t!("You can return it within 30 days.").to_owned(),
        }
    }
}

/// The text of a picture of the product with this name, for people who do not see it.
pub fn picture_text(kind: &PictureKind, name: &str) -> String {
    match kind {
        PictureKind::Alone => name.to_owned(),
        PictureKind::InUse => t!("{} in use", name),
        PictureKind::ToScale { dimensions, .. } => t!("Size: {}", dimensions),
    }
}
