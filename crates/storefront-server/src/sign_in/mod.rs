//! Sign-in, registration and sign-out, for the API and as pages.

pub mod api;
pub(crate) mod pages;
pub mod registration;
pub(crate) mod registration_page;
pub(crate) mod return_to;
