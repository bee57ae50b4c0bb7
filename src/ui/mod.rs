//! What pages are made of. Nothing here knows a feature or calls the backend.

pub mod components;
pub mod document;
pub mod erased_signal;
pub mod erased_view;
pub mod form;
pub mod format;
pub mod page_scope;
pub mod scroll;
