//! The products that a visitor wants before signing in.
//!
//! They are kept in the tab's session storage, so that a reload of the sign-in page loses none, and the tab's end forgets them. Each item
//! has from its beginning the idempotency key under which it is sent, so that neither a reload in the middle of that nor a duplicate of
//! the tab adds it twice. Product ids and these random keys are all that is kept; no item says who the visitor is.

use crate::data::new_key;
use leptos::prelude::window;
use leptos_fusionauth::json;
use serde::{Deserialize, Serialize};

const STORAGE_KEY: &str = "storefront.guest-cart";

/// One item of a product, on its way into the cart.
#[derive(Clone, Serialize, Deserialize)]
pub struct CartItem {
    /// The product's id.
    pub product: String,
    /// The idempotency key of the request that puts the item into the cart.
    pub key: String,
}

/// The items, in the order in which the visitor has chosen them. Empty where storage is blocked.
pub fn items() -> Vec<CartItem> {
    let text = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok()?);
    text.and_then(|text| json::decode(&text).ok()).unwrap_or_default()
}

/// Adds one item of a product.
pub fn add(product: &str) {
    let mut items = items();
    items.push(CartItem { product: product.to_owned(), key: new_key() });
    write(&items);
}

/// Removes the item with this key, once the cart has it or has refused it.
pub fn remove(key: &str) {
    let mut items = items();
    items.retain(|item| item.key != key);
    write(&items);
}

/// Does not report that storage is blocked or full: the visitor then chooses again after the sign-in.
fn write(items: &[CartItem]) {
    let Some(storage) = storage() else { return };
    _ = if items.is_empty() { storage.remove_item(STORAGE_KEY) } else { storage.set_item(STORAGE_KEY, &json::encode(&items)) };
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten() // the getter throws where storage is blocked
}
