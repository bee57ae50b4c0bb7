//! The Store: its products and the cart.

pub mod api;
pub mod cart;
pub mod products;

/// Provides what the Store's pages share to everything below the caller.
pub fn provide_contexts() {
    cart::CartContext::provide();
}
