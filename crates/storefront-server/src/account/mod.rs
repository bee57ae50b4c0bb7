//! The account of whoever is signed in, for the API and as a page.

pub mod error;
pub(crate) mod pages;
pub mod user;
