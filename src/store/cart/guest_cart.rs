//! The products that a visitor wants before signing in.
//!
//! They are kept in the tab's session storage, so that a reload of the sign-in page loses nothing, and the tab's end forgets them.
//! Each line keeps the key under which it is sent, so that a reload while it is being sent adds it once. Product ids, quantities and
//! these random keys are all that is kept; no line says who the visitor is.

use crate::data::new_key;
use leptos::prelude::window;
use leptos_fusionauth::json;
use serde::{Deserialize, Serialize};
use storefront_api::{AddToCart, MAX_QUANTITY};

const STORAGE_KEY: &str = "storefront.guest-cart";

#[derive(Serialize, Deserialize)]
struct GuestLine {
    product: String,
    quantity: i64,
    /// The idempotency key, once the line may have been sent. Such a line does not change any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// How many items there are. 0 where storage is blocked.
pub fn count() -> i64 {
    read().iter().map(|line| line.quantity).sum()
}

/// Adds one of a product.
pub fn add(product: &str) {
    let mut lines = read();
    match lines.iter_mut().find(|line| line.product == product && line.key.is_none()) {
        Some(line) => line.quantity = MAX_QUANTITY.min(line.quantity + 1),
        None => lines.push(GuestLine { product: product.to_owned(), quantity: 1, key: None }),
    }
    write(&lines);
}

/// The lines as the requests that put them into the cart, each with its idempotency key. The lines stay until [`remove`].
pub fn to_send() -> Vec<(AddToCart, String)> {
    let mut lines = read();
    let requests = lines.iter_mut().map(|line| {
        let key = line.key.get_or_insert_with(new_key).clone();
        (AddToCart { product: line.product.clone(), quantity: line.quantity }, key)
    });
    let requests = requests.collect();
    write(&lines);
    requests
}

/// Removes the line with this idempotency key, once the cart has the line or has refused it.
pub fn remove(key: &str) {
    let mut lines = read();
    lines.retain(|line| line.key.as_deref() != Some(key));
    write(&lines);
}

fn read() -> Vec<GuestLine> {
    let text = storage().and_then(|storage| storage.get_item(STORAGE_KEY).ok()?);
    text.and_then(|text| json::decode(&text).ok()).unwrap_or_default()
}

/// Writes nothing where storage is blocked or full: the visitor then chooses again after the sign-in.
fn write(lines: &[GuestLine]) {
    let Some(storage) = storage() else { return };
    _ = if lines.is_empty() { storage.remove_item(STORAGE_KEY) } else { storage.set_item(STORAGE_KEY, &json::encode(&lines)) };
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten() // the getter throws where storage is blocked
}
