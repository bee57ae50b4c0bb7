//! The Forums: posts and drafts, for the API and as pages.

pub mod error;
pub(crate) mod pages;
pub mod posts;
