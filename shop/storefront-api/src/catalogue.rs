//! A shopper's query to the catalogue. The URL of the Store's start page and that of `GET /api/products` contain the same query.

use crate::Product;
use serde::{Deserialize, Serialize};

/// A category of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// For the kitchen.
    Kitchen,
    /// For the desk.
    Desk,
    /// For the road.
    Road,
}

impl Category {
    /// All categories, in the order in which pages list them.
    pub const ALL: [Self; 3] = [Self::Kitchen, Self::Desk, Self::Road];

    /// The stable id in products and URLs.
    pub fn id(self) -> &'static str {
        match self {
            Self::Kitchen => "kitchen",
            Self::Desk => "desk",
            Self::Road => "road",
        }
    }
}

/// The order of a list of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProductOrder {
    /// The order of the catalogue. In a search, products with the words in their name come first.
    #[default]
    Recommended,
    /// The cheapest first.
    Price,
    /// The most expensive first.
    PriceDescending,
}

impl ProductOrder {
    /// All variants, as pages list them.
    pub const ALL: [Self; 3] = [Self::Recommended, Self::Price, Self::PriceDescending];

    /// The value of `sort` in a URL. It is empty for the default.
    pub fn id(self) -> &'static str {
        match self {
            Self::Recommended => "",
            Self::Price => "price",
            Self::PriceDescending => "price-desc",
        }
    }
}

/// The number of different tiles behind products' pictures.
const TILES: u32 = 6;

/// The tile behind a product's picture, always the same for the same product. `early_cart.js` computes it in the same way.
pub fn tile(product: &str) -> u32 {
    (product.bytes().fold(39, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte))) >> 4) % TILES
}

/// The name of a product's drawing. Products of a series, such as `enamel-mug-2`, use the drawing of the series.
pub fn drawing(product: &str) -> &str {
    product.trim_end_matches(|it: char| !it.is_ascii_lowercase())
}

/// The maximum length of a search text, in characters.
pub const MAX_SEARCH_CHARS: usize = 100;

/// The number of products on a page of the list.
pub const PRODUCTS_PER_PAGE: usize = 24;

/// `GET /api/products` counts up to this number of products. If there are more, [`PRODUCT_COUNT`] has this number plus one.
pub const MAX_PRODUCT_COUNT: i64 = 500;

/// The header of `GET /api/products` with the number of products on all pages of the list.
pub const PRODUCT_COUNT: &str = "product-count";

/// The header with which `GET /api/products` returns the corrected search text, percent-encoded, if it has corrected a typo.
pub const SEARCHED_FOR: &str = "searched-for";

/// A page of the list of products, with the values that the API sends in headers. The server writes it into HTML pages as preloaded data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductPage {
    /// The products, at most [`PRODUCTS_PER_PAGE`].
    pub products: Vec<Product>,
    /// The value of [`PRODUCT_COUNT`].
    pub count: i64,
    /// The corrected search text, if a typo was corrected.
    pub searched_for: Option<String>,
    /// The URL of the next page in the API.
    pub next: Option<String>,
}

/// The products that a shopper wants to see, and their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// The words to search for, as typed. Empty: no search.
    pub search: String,
    /// The category. `None`: all categories.
    pub category: Option<Category>,
    /// The order.
    pub order: ProductOrder,
    /// Whether to leave out sold-out products.
    pub in_stock: bool,
}

impl ProductFilter {
    /// How many choices differ from those of the full list, besides the search.
    pub fn choices(&self) -> usize {
        let is_sorted = self.order != ProductOrder::default();
        usize::from(self.category.is_some()) + usize::from(is_sorted) + usize::from(self.in_stock)
    }

    /// Parses a query string. Unknown parameters and values are ignored, and a long search text is truncated.
    pub fn of_query(query: &str) -> Self {
        let value = |name| parameter(query, name).unwrap_or_default();
        let (category, order) = (value("category"), value("sort"));
        Self {
            search: value("q").chars().take(MAX_SEARCH_CHARS).collect(),
            category: Category::ALL.into_iter().find(|it| it.id() == category),
            order: ProductOrder::ALL.into_iter().find(|it| it.id() == order).unwrap_or_default(),
            in_stock: value("available") == "1",
        }
    }

    /// The name of the first parameter whose value in `query` differs from this filter. The filter must have been parsed from `query`.
    pub fn unusable_parameter(&self, query: &str) -> Option<&'static str> {
        let values = self.values();
        let differs =
            |(name, value): &(&'static str, &str)| has_parameter(query, name) && parameter(query, name).as_deref() != Some(*value);
        values.into_iter().find(differs).map(|(name, _)| name)
    }

    /// The parameters with their values. The value of a default is empty.
    fn values(&self) -> [(&'static str, &str); 4] {
        [
            ("q", &self.search),
            ("category", self.category.map(Category::id).unwrap_or_default()),
            ("sort", self.order.id()),
            ("available", if self.in_stock { "1" } else { "" }),
        ]
    }

    /// The query string with its `?`. It is empty for the default filter.
    pub fn to_query(&self) -> String {
        let mut query = String::new();
        for (name, value) in self.values() {
            if !value.is_empty() {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.push_str(name);
                query.push('=');
                encode(value, &mut query);
            }
        }
        query
    }
}

/// The value of the parameter `name`. `None` if the query string lacks it, or if the value is not percent-encoded UTF-8.
pub fn parameter(query: &str, name: &str) -> Option<String> {
    decode_bytes(raw_parameter(query, name)?)
}

fn has_parameter(query: &str, name: &str) -> bool {
    raw_parameter(query, name).is_some()
}

// Searches bytes, because a search for characters would add a kilobyte to the wasm.
fn raw_parameter<'a>(query: &'a str, name: &str) -> Option<&'a [u8]> {
    query.as_bytes().split(|byte| matches!(byte, b'?' | b'&')).find_map(|pair| match pair.strip_prefix(name.as_bytes())? {
        [] => Some(&[][..]),
        [b'=', value @ ..] => Some(value),
        _ => None,
    })
}

/// Decodes a value in the percent-encoding of forms.
pub fn decode(value: &str) -> Option<String> {
    decode_bytes(value.as_bytes())
}

fn decode_bytes(value: &[u8]) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), value.iter().copied());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Appends `value` in the percent-encoding of forms.
fn encode(value: &str, to: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => to.push(char::from(byte)),
            b' ' => to.push('+'),
            byte => to.extend(['%', char::from(DIGITS[usize::from(byte >> 4)]), char::from(DIGITS[usize::from(byte & 15)])]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> (ProductFilter, Option<&'static str>) {
        let filter = ProductFilter::of_query(query);
        let unusable = filter.unusable_parameter(query);
        (filter, unusable)
    }

    #[test]
    fn a_filter_and_its_query_say_the_same() {
        for search in ["", "mug", "Tür & Tor", "a=b&category=desk", "100 %", "日本 + \u{1F600}", "\"'<>#?"] {
            for category in [None].into_iter().chain(Category::ALL.map(Some)) {
                for order in ProductOrder::ALL {
                    for in_stock in [false, true] {
                        let filter = ProductFilter { search: search.to_owned(), category, order, in_stock };
                        let query = filter.to_query();
                        assert!(query.is_ascii() && !query.contains([' ', '<', '"', '#']), "{query}");
                        assert_eq!(read(&query), (filter, None), "{query}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_default_has_no_query() {
        assert_eq!(ProductFilter::default().to_query(), "");
        for query in ["", "?", "?q=", "q=&category=&sort=&available=", "?utm_source=mail&x"] {
            assert_eq!(read(query), (ProductFilter::default(), None), "{query}");
        }
    }

    #[test]
    fn a_form_of_a_browser_is_read() {
        let filter = ProductFilter::of_query("q=enamel+mug&category=kitchen&sort=price-desc&available=1");
        assert_eq!((filter.search.as_str(), filter.category), ("enamel mug", Some(Category::Kitchen)));
        assert_eq!((filter.order, filter.in_stock), (ProductOrder::PriceDescending, true));
    }

    #[test]
    fn an_unusable_value_is_named_and_ignored() {
        for (query, name) in
            [("q=%ff", "q"), ("q=%4", "q"), ("category=shoes", "category"), ("sort=up", "sort"), ("available=no", "available")]
        {
            assert_eq!(read(query), (ProductFilter::default(), Some(name)), "{query}");
        }
        let long = "ä".repeat(MAX_SEARCH_CHARS);
        assert_eq!(read(&format!("q={long}")).1, None);
        let (cut, unusable) = read(&format!("q={long}ä"));
        assert_eq!((cut.search, unusable), (long, Some("q")));
    }
}
