//! The base of all other folders: routes, parts of the program, the state that all pages share, and browser storage.

pub mod app_context;
pub mod part;
pub mod route;
pub mod storage;

pub use app_context::{AppContext, use_app_context};
pub use part::Part;
pub use route::Route;
