//! The Store: products and carts, in the API and as server-rendered pages.

pub mod cart;
mod catalogue_view;
pub mod error;
pub(crate) mod first_content;
pub mod guest_api;
pub mod guest_cart;
pub(crate) mod listing;
mod notice;
pub(crate) mod pages;
pub(crate) mod product_page;
pub mod products;
mod search;
mod shopper;
