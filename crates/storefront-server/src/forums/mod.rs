//! The Forums: posts, in the API and as server-rendered pages.

pub mod error;
pub(crate) mod pages;
pub mod posts;
