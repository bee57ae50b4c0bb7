//! The Store: products, carts and orders, in the API and as server-rendered pages.

mod address;
pub mod cart;
pub mod cart_events;
mod catalogue_view;
pub mod checkout;
pub(crate) mod checkout_page;
pub mod error;
pub(crate) mod first_content;
pub mod guest_api;
pub mod guest_cart;
pub mod listing;
mod notice;
pub mod order_confirmations;
pub mod orders;
pub(crate) mod orders_page;
pub(crate) mod pages;
pub(crate) mod product_page;
mod product_questions;
pub mod products;
mod search;
mod shopper;
mod variants;
