//! The products that a visitor wants before signing in. They are kept in the tab's session storage, so that a reload of the sign-in
//! page loses nothing, and the tab's end forgets them. Only product ids and quantities are kept; nothing says who the visitor is.

use leptos::prelude::window;
use leptos_fusionauth::json;
use storefront_api::{AddToCart, MAX_QUANTITY};

const KEY: &str = "storefront.guest-cart";

/// The products. Empty where storage is blocked.
pub fn read() -> Vec<AddToCart> {
    let text = storage().and_then(|storage| storage.get_item(KEY).ok()?);
    text.and_then(|text| json::decode(&text).ok()).unwrap_or_default()
}

/// Adds one of a product. Returns whether it was kept.
pub fn add(product: &str) -> bool {
    let mut guest = read();
    match guest.iter_mut().find(|it| it.product == product) {
        Some(wanted) => wanted.quantity = MAX_QUANTITY.min(wanted.quantity + 1),
        None => guest.push(AddToCart { product: product.to_owned(), quantity: 1 }),
    }
    write(&guest)
}

/// Removes a product, once the cart has it or has refused it.
pub fn remove(product: &str) {
    let mut guest = read();
    guest.retain(|it| it.product != product);
    write(&guest);
}

fn write(guest: &[AddToCart]) -> bool {
    let Some(storage) = storage() else { return false };
    let written = if guest.is_empty() { storage.remove_item(KEY) } else { storage.set_item(KEY, &json::encode(&guest)) };
    written.is_ok()
}

/// The getter throws where storage is blocked.
fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}
