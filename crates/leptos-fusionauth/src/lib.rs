#![doc = include_str!("../README.md")]
//!
//! # When something is wrong
//!
//! A debug build prints configuration errors ([`Misconfiguration`]) to the console; the user never sees them as their own error. With the
//! feature `events`, `Session::add_listener` reports them as well, and every other change, in any build. With the feature `trace`,
//! `fusionauthTrace()` in the console, and `Session::trace`, return the last 200 steps of the session as JSON, without a token, a user's id
//! or an email: attach it to a bug report. `fusionauth_session::Trace` reads it and replays it natively.
//!
//! # What it never does
//!
//! It never reads, keeps or sends the refresh token: the browser does that, in an HttpOnly cookie of FusionAuth's host.
//! It never puts a token into a log, an error or a message to another tab.

#![warn(missing_docs)]
#![cfg_attr(leptos_fusionauth_inert, allow(dead_code, unused_imports, reason = "it leaves out what uses most of the crate"))]

mod browser;
mod config;
#[cfg_attr(leptos_fusionauth_inert, path = "inert.rs")]
mod driver;
mod error;
mod event;
#[cfg(feature = "fake")]
mod fake;
mod fetch;
mod fusionauth;
mod machine;
// Leptos' component macro writes a `pub` function of its own beside each exported component.
#[allow(unreachable_pub)]
mod guard;
pub mod json;
mod keep_signed_in;
#[allow(unreachable_pub)]
mod provider;
mod return_to;

pub use browser::response::{BodyChunks, Response};
pub use config::{SessionConfig, TokenStorage};
pub use error::FetchError;
pub use event::{Misconfiguration, SessionEvent};
#[cfg(feature = "fake")]
pub use fake::{FakeCall, FakeSession};
pub use fetch::{ApiRequest, fetch_public};
pub use fusionauth_api::{
    AccessToken,
    login::{CodeMethod, NextStep, PreventingAction, TrustDevice},
    password::OneTimePassword,
};
pub use fusionauth_session::{Connection, LoginFailure, Notice, SessionState, SignOutReason, Tuning, User};
pub use gloo_net::http::Method;
pub use guard::{RequireSession, SignedIn, SignedOut};
pub use keep_signed_in::KeepSignedIn;
pub use provider::{SendCodeOutcome, Session, SessionProvider, use_session};
pub use return_to::{login_path, return_to};

/// The programs of the guide for applications, which the doctests compile. The package does not contain this file, and does not need it
/// otherwise.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/use-in-your-app.md")]
pub struct Guide;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
