//! The Store: its list of products, variants, the cart, the checkout and the pages of orders.

mod cart;
pub(crate) mod checkout;
mod order_pages;
mod product_list;
mod variants;
