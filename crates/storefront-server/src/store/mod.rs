//! The Store: products, carts and orders, in the API and as server-rendered pages.
//!
//! # Rules
//!
//! - **A guest's cart** is in the database under the hash of a random id, which the cookie `storefront_guest_cart` holds (HttpOnly, 30
//!   days). Adding the first product creates it. The user's first request after a sign-in or a registration merges it into the user's cart,
//!   once: quantities add up within the stock, no quantity of the user's is lowered, and the cart shows a notice until it is dismissed.
//!   Then the cookie is deleted. A guest's write after the merge gets `guest-cart-gone`, and the app repeats it in the user's cart. A user
//!   with an expired session is asked to sign in; they are not treated as a guest.
//! - **Two carts never mix**: `/api/guest-cart` ignores credentials of a sign-in, and the user's API ignores the guest's cookie.
//! - **Of two changes of a line, the later intent wins**, on any device. A change that is sent at once has no condition. One that waited
//!   for more than five seconds, or failed at its first request, carries `If-Match` with the line's version, which each write raises, or
//!   `If-None-Match: *` for a new line. If the line has changed since, the answer is 412, the newer quantity stays, and the app offers the
//!   change again.
//! - **An order is what its user has read.** The request contains lines and total. If a price, a quantity or the stock differs by then, the
//!   Store orders nothing. One transaction takes the stock, stores the order, empties the cart and queues the confirmation; no order waits
//!   for the message. The key of an attempt is the number of the user's orders so far, so a reload, another tab or a lost answer orders
//!   nothing twice.
//! - **A changed price or a low stock never changes a cart by itself.** The cart's notice says so, and the user accepts the text they have
//!   read.
//! - **A postal address belongs to the account**: while it is typed it is a draft on the server, and in no storage of the browser.
//! - **An event of the cart contains its version**, and none of its content. A stream ends when its request would be refused.
//! - **A product page shows titles, reply counts and times of its threads**, never an author or a quotation, because anybody may read that
//!   page and only users may read the Forums.

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
