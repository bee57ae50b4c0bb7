#![doc = include_str!("../README.md")]
//!
//! # When something is wrong
//!
//! A debug build prints configuration errors ([`Misconfiguration`]) to the console. With the feature `events`, `Session::add_listener`
//! reports them and all other changes, also in a release build. With the feature `trace`, `fusionauthTrace()` in the console and
//! `Session::trace` return the last 200 steps of the session as JSON, without a token, a user's id or an email. Attach this trace to a bug
//! report. `fusionauth_session::Trace` reads it and replays it without a browser.
//!
//! # What it never does
//!
//! This crate never reads, stores or sends the refresh token. Only the browser does, in an HttpOnly cookie.
//! The crate never puts a token into a log, an error or a message to another tab.

#![warn(missing_docs)]
#![cfg_attr(fusionauth_session_inert, allow(dead_code, unused_imports, reason = "the inert driver uses little of the crate"))]

mod browser;
mod change;
mod config;
#[cfg_attr(fusionauth_session_inert, path = "inert.rs")]
mod driver;
mod error;
mod event;
#[cfg(feature = "fake")]
mod fake;
mod fetch;
mod fetch_request;
mod fusionauth;
pub mod json;
mod keep_signed_in;
mod machine;
mod self_service;
mod session;
mod sign_in;

pub use browser::response::{BodyChunks, Response};
#[doc(hidden)]
pub use browser::{future_of, pause};
pub use change::SessionChange;
pub use config::SessionConfig;
pub use error::FetchError;
pub use event::{Misconfiguration, SessionEvent};
#[cfg(feature = "fake")]
pub use fake::{FakeCall, FakeSession};
pub use fetch::{ApiRequest, fetch_public};
pub use fusionauth_api::{
    AccessToken,
    login::{CodeMethod, LoginStep, NextStep, PreventingAction, TrustDevice},
    password::{ChangePasswordIdState, ChangePasswordOutcome, ForgotPasswordOutcome, OneTimePassword, PasswordRule, PasswordRules, Trust},
    verification::{Verified, VerifyOutcome},
};
pub use fusionauth_session::{Connection, LoginFailure, Notice, SessionState, SignOutReason, TokenStorage, Tuning, User};
pub use gloo_net::http::Method;
pub use keep_signed_in::KeepSignedIn;
#[cfg(feature = "events")]
pub use session::ListenerId;
pub use session::Session;
pub use sign_in::SendCodeOutcome;

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
