//! What every part of the app builds on: the routes, and the context that all pages share.

pub mod app_context;
pub mod route;
