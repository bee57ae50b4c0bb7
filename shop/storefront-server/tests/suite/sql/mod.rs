//! Tests of modules in which the two databases may behave differently: searches and lists, locks and upserts, and concurrent requests to
//! several instances. The core runs them on PostgreSQL, too. The other modules run there in a group of the rest.

pub(crate) mod cart;
pub(crate) mod cart_events;
pub(crate) mod catalogue;
pub(crate) mod display_names;
pub(crate) mod faults;
pub(crate) mod guest_cart;
pub(crate) mod orders;
pub(crate) mod posts;
pub(crate) mod product_threads;
pub(crate) mod quantity;
pub(crate) mod repeated_writes;
pub(crate) mod routes;
pub(crate) mod sign_out;
pub(crate) mod single_refresh;
pub(crate) mod threads;
pub(crate) mod variants;
