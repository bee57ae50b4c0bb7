//! Stores the number of items in the guest's cart, so that a reloaded page knows it.
//!
//! The backend stores the cart itself, and finds it by a cookie that no script can read. This module stores the number in the tab's session
//! storage. After a reload, the header shows the number and `/cart` shows the guest's cart, without a request on every page. The session
//! storage contains no product and no user.

use crate::core::storage;

/// `boot.js` also reads this key.
const STORAGE_KEY: &str = "storefront.guest-cart";

/// The number of items in the cart. `None`: this tab knows of no cart.
pub fn items() -> Option<i64> {
    storage::session()?.get_item(STORAGE_KEY).ok()??.parse().ok()
}

/// Stores the number, or removes it with `None`. If storage is blocked, a reloaded page shows the number only after it has loaded products.
pub fn keep(items: Option<i64>) {
    let Some(storage) = storage::session() else { return };
    _ = match items {
        Some(items) => storage.set_item(STORAGE_KEY, &items.to_string()),
        None => storage.remove_item(STORAGE_KEY),
    };
}
