//! The checkout and the pages of orders.

mod checkout;
mod order_pages;
