//! The Store: products and the cart, for the API and as pages.

pub mod cart;
pub mod error;
pub(crate) mod pages;
pub mod products;
