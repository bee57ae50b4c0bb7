//! The account of the signed-in user, in the API and as a server-rendered page.

pub mod data;
mod data_page;
pub mod error;
pub(crate) mod pages;
mod password_page;
mod sessions_page;
pub mod user;
