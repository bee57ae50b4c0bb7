//! The scripts of `src/boot`.

mod early_cart;
mod parts;
mod service_worker;
mod start;
