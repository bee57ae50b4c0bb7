//! What every other folder of the app builds on: the routes, the parts of the program, and the state that all pages share.

pub mod app_context;
pub mod part;
pub mod route;
pub mod storage;
pub mod webauthn;

pub use app_context::{AppContext, use_app_context};
pub use part::Part;
pub use route::Route;
