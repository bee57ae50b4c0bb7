//! The base of all other folders: the names of the pages, the state that all pages share, and browser storage.

pub mod app_context;
pub mod route;
pub mod storage;

pub use app_context::{AppContext, use_app_context};
pub use route::page_title;
pub use storefront_api::pages::{Part, Route};
