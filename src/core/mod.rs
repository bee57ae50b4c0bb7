//! The base of all other folders: routes, parts of the program, the state that all pages share, browser storage, and passkeys.

pub mod app_context;
pub mod part;
pub mod route;
pub mod storage;
pub mod webauthn;

pub use app_context::{AppContext, use_app_context};
pub use part::Part;
pub use route::Route;
