//! The Store: its products, the cart and orders.

pub mod api;
pub mod cart;
pub mod checkout;
pub mod product;
pub mod products;

use crate::core::{Route, use_app_context};
use leptos::prelude::AnyView;

/// The page that the address names, of those that need no sign-in.
pub fn public_page() -> AnyView {
    match use_app_context().current_route() {
        Route::Product => product::page(),
        _ => products::page(),
    }
}

/// Provides what the Store's pages share to everything below the caller.
pub fn provide_contexts() {
    cart::CartContext::provide();
}
