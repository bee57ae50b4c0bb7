//! The texts of the list of products, and the names of its filters.

use crate::{counted, t};

/// The name of the category with this id. `None` for an unknown id, which pages do not show.
pub fn category_name(id: &str) -> Option<&'static str> {
    match id {
        "kitchen" => Some(t!("Kitchen")),
        "desk" => Some(t!("Desk")),
        "road" => Some(t!("On the road")),
        _ => None,
    }
}

/// The name of a sort order. `id` is the value of `sort` in a URL.
pub fn sort_order_name(id: &str) -> &'static str {
    match id {
        "price" => t!("Price: low to high"),
        "price-desc" => t!("Price: high to low"),
        _ => t!("Recommended"),
    }
}

/// The number of products in a list, on all its pages. The Store counts up to 501.
pub fn product_count(count: i64) -> String {
    match count {
        ..=500 => counted(count, t!("{} product"), t!("{} products")),
        _ => t!("More than 500 products").to_owned(),
    }
}

/// The name of the option in which the variants of a product differ. `None` for an unknown option, which pages do not show.
pub fn option_name(option: &str) -> Option<&'static str> {
    match option {
        "colour" => Some(t!("Colour")),
        "size" => Some(t!("Size")),
        _ => None,
    }
}

/// The number of variants of a product, such as "3 colours". A product has at least two, or none.
pub fn variant_count(option: &str, count: i64) -> String {
    match option {
        "colour" => t!("{} colours", count),
        _ => t!("{} sizes", count),
    }
}
