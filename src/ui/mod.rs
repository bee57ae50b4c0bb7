//! The building blocks of pages. No file in this folder imports a feature or calls a backend.

pub mod components;
pub mod document;
pub mod form;
pub mod format;
pub mod language;
pub mod part;
pub mod scroll;
pub mod show_more;
pub mod tasks;

pub use document::use_title;
pub use tasks::{
    ApplyToPage, Page, PageScope, after_render, page_query, read_until_cleanup, set_timeout, spawn_for_app, spawn_for_user,
    track_until_cleanup,
};
