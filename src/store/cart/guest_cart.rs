//! How much is in the cart of the visitor in this tab, for a page that reloads.
//!
//! The cart itself is at the backend, under a cookie that no script can read. The number is kept in the tab's session storage, so that
//! after a reload the header shows it and `/cart` is the visitor's, without a request on every page. It names no product and nobody.

use crate::core::storage;

/// `boot.js` reads it as well.
const STORAGE_KEY: &str = "storefront.guest-cart";

/// How many items are in the cart. `None` if this tab knows of no cart.
pub fn items() -> Option<i64> {
    storage::session()?.get_item(STORAGE_KEY).ok()??.parse().ok()
}

/// Keeps the number, or forgets it with `None`. A browser with blocked storage shows it again when the products are loaded.
pub fn keep(items: Option<i64>) {
    let Some(storage) = storage::session() else { return };
    _ = match items {
        Some(items) => storage.set_item(STORAGE_KEY, &items.to_string()),
        None => storage.remove_item(STORAGE_KEY),
    };
}
