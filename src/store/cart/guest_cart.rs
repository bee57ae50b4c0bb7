//! The number of items in the guest's cart, kept for a reload of the page.
//!
//! The cart itself is at the backend, under a cookie that no script can read. The number is kept in the tab's session storage, so that
//! after a reload the header shows it and `/cart` shows the guest's cart, without a request on every page. It holds no product and no user.

use crate::core::storage;

/// `boot.js` reads it as well.
const STORAGE_KEY: &str = "storefront.guest-cart";

/// How many items are in the cart. `None` if this tab knows of no cart.
pub fn items() -> Option<i64> {
    storage::session()?.get_item(STORAGE_KEY).ok()??.parse().ok()
}

/// Stores the number, or removes it with `None`. If storage is blocked, the number appears again once the products are loaded.
pub fn keep(items: Option<i64>) {
    let Some(storage) = storage::session() else { return };
    _ = match items {
        Some(items) => storage.set_item(STORAGE_KEY, &items.to_string()),
        None => storage.remove_item(STORAGE_KEY),
    };
}
