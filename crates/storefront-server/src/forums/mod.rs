//! The Forums: posts and drafts, for the API and as pages.

pub(crate) mod drafts;
pub(crate) mod pages;
pub mod posts;
