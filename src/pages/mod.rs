//! One page a file.

pub mod account;
pub mod cart;
pub mod not_found;
pub mod posts;
pub mod products;
pub mod register;
