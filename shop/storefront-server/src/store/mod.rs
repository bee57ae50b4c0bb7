//! The Store: products, carts and orders, in the API and as server-rendered pages.
//!
//! # Rules
//!
//! - **A guest's cart** is in the database under the hash of a random id, which the cookie `storefront_guest_cart` holds (HttpOnly, 30
//!   days). Adding the first product creates it. The user's first request after a sign-in or a registration merges it into the user's cart,
//!   once, and deletes the cookie. Quantities add up within the stock, and the merge lowers no quantity in the user's cart. The cart shows
//!   a notice about the merge until the user dismisses it. A guest's write after the merge gets the problem `guest-cart-gone`, and the app
//!   repeats that write in the user's cart. A user with an expired session is asked to sign in; they are not treated as a guest.
//! - **Two carts never mix**: `/api/guest-cart` ignores the credentials of a sign-in, and the user's API uses the guest's cookie only for
//!   the merge.
//! - **Of two changes of a line, the one that the shopper made later wins**, on any device. A change that the app sends at once has no
//!   precondition. A change that has waited for more than five seconds, or failed at its first request, carries `If-Match` with the line's
//!   version, or `If-None-Match: *` for a new line. If the line has changed since, the answer is 412, the newer quantity stays, and the app
//!   offers the change again.
//! - **An order contains exactly what the user has seen.** The request contains the lines and the total. If a price, a quantity or the
//!   stock has changed, the Store orders nothing. One transaction takes the goods from the stock, stores the order, empties the cart and
//!   queues the confirmation; no order waits for the message. The idempotency key contains the number of the user's orders so far, so a
//!   reload, another tab or a lost answer orders nothing twice.
//! - **A changed price or a low stock never changes a cart by itself.** The cart's notice describes the change, and the user accepts the
//!   text that they have read.
//! - **A guest's order belongs to the secret in its link**, whose hash is the order's owner. The server stores no form of a guest, compares
//!   no email with the accounts, and moves an order into an account only by a click of a user with the link who has proven this email. 90
//!   days after the order was sent or cancelled the link ends, and the purge deletes name, postal address and email.
//! - **A postal address belongs to the account**: until the order is placed, the typed address is a draft on the server. The browser stores
//!   no postal address.
//! - **An event of the cart contains the cart's version**, and none of its content. The server ends a stream of events as soon as it would
//!   reject a request with the same credential.
//! - **A product page shows the titles of the product's newest threads and the first answer to each**, with its author's display name, and
//!   nothing else of the Forums, because anybody may read that page. The form for a reply says so.

mod address;
pub mod cart;
pub mod cart_events;
mod cart_row;
mod catalogue_view;
pub mod checkout;
pub(crate) mod checkout_page;
mod delivery;
pub mod error;
pub(crate) mod first_content;
pub(crate) mod frame;
pub mod guest_api;
pub mod guest_cart;
mod guest_claims;
mod guest_order_page;
mod guest_orders;
pub mod listing;
mod notice;
mod order_data;
pub mod order_emails;
pub(crate) mod order_links;
pub mod orders;
pub(crate) mod orders_page;
pub(crate) mod pages;
pub(crate) mod product_page;
mod product_parts;
mod product_pictures;
pub mod products;
mod repetition;
mod search;
mod shopper;
pub(crate) mod sitemap;
mod stored_orders;
mod variants;

use crate::http::origin::same_origin;
use crate::pages::PageState;
use crate::state::Backend;
use crate::user_data::{Deletion, Export, UserData};
use axum::{Router, middleware};
use cart_events::CartEvents;
use storefront_api::StoredData;

/// The currency of every price. There is one, because a cart with several would have no total.
pub const CURRENCY: &str = "EUR";

/// The rows about users in the Store's tables, in the order of their deletion. The deletion of orders locks products, so it is the last.
pub(crate) const USER_DATA: &[UserData] = &[
    UserData {
        table: "cart_lines",
        export: Export::Rows(StoredData::Cart, "cart", "SELECT product, quantity FROM cart_lines WHERE user_id = $1"),
        deletion: Deletion::RowsBy("user_id"),
    },
    UserData { table: "carts", export: Export::Nothing("it only counts the changes of the cart"), deletion: Deletion::RowsBy("user_id") },
    UserData {
        table: "guest_orders",
        export: Export::Nothing("the link of an order belongs to no account"),
        deletion: Deletion::Nothing("the link deletes its order"),
    },
    UserData { table: "guest_carts", export: Export::Nothing("a guest is no user"), deletion: Deletion::Nothing("a guest is no user") },
    order_data::USER_DATA,
];

/// The routes below `/api`. The routes of `user` belong to the account. They are the first that the app calls after a sign-in, so they merge
/// the guest's cart into the user's.
pub(crate) fn api(backend: &Backend, events: &CartEvents, user: Router<Backend>) -> Router<Backend> {
    let cart = cart::router().merge(cart_events::router(events.clone()));
    let of_user = cart.merge(checkout::router()).merge(orders::router()).merge(guest_claims::router()).merge(user);
    let of_user = of_user.layer(middleware::from_fn_with_state(backend.clone(), guest_cart::merge_layer));
    // Guests have cookies in every workflow.
    of_user
        .merge(products::router())
        .merge(delivery::router())
        .merge(guest_api::router().merge(guest_orders::router()).layer(same_origin()))
}

/// The server-rendered pages.
pub(crate) fn pages() -> Router<PageState> {
    let orders = orders_page::router().merge(guest_order_page::router()).merge(order_links::router());
    pages::router().merge(product_page::router()).merge(checkout_page::router()).merge(orders)
}
