//! The API, one file per part.

pub mod cart;
pub mod flows;
pub mod health;
pub mod index;
pub mod posts;
pub mod products;
pub mod register;
pub mod sign_in;
pub mod user;
