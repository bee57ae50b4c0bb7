//! The account of the signed-in user, in the API and as a server-rendered page.

pub mod error;
pub(crate) mod pages;
pub mod user;
