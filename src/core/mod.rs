//! The base of all other folders: the names of the pages, the state that all pages share, and browser storage.

pub mod app_context;
pub mod storage;

pub use app_context::{AppContext, use_app_context};
pub use storefront_api::pages::{Part, Route};
pub use storefront_messages::page_title;

/// Makes the view of a page.
pub type PageFunction = fn() -> leptos::prelude::AnyView;

/// The URL of the Store's search: the products page with an empty query, which focuses the search field.
pub const SEARCH: &str = "/?q=";
