//! FusionAuth native login for Leptos: session provider, guard and authorized fetch.

#![warn(missing_docs)]

mod fetch;
mod guard;
pub mod json;
mod provider;
mod return_to;

pub use fetch::{ApiRequest, FetchError, Method, fetch_public};
pub use fusionauth_api::login::TwoFactorMethod;
pub use fusionauth_session::{Connection, EndCause, SignIn, User, View};
pub use guard::RequireSession;
pub use provider::{Session, SessionConfig, SessionProvider, use_session};
pub use return_to::{login_path, return_to};
