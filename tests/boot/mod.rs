//! The scripts of `src/boot`.

mod early_cart;
mod service_worker;
mod start;
