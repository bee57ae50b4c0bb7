#![doc = include_str!("../README.md")]
//!
//! # When something is wrong, and what it never does
//!
//! This crate adds signals and components to [`fusionauth_session_web`]. The documentation of that crate explains how to find a
//! configuration error, and what no part of a session does.

#![warn(missing_docs)]

#[cfg(feature = "fake")]
mod fake;
// Leptos' component macro adds a `pub` function beside each exported component.
#[allow(unreachable_pub)]
mod guard;
#[allow(unreachable_pub)]
mod provider;
mod return_to;
#[cfg_attr(not(feature = "roles"), path = "without_roles.rs")]
#[allow(unreachable_pub)]
mod roles;

#[cfg(feature = "fake")]
pub use fake::FakeSession;
#[cfg(feature = "fake")]
pub use fusionauth_session_web::FakeCall;
pub use fusionauth_session_web::{
    AccessToken, ApiRequest, BodyChunks, ChangePasswordIdState, ChangePasswordOutcome, CodeMethod, Connection, FetchError,
    ForgotPasswordOutcome, KeepSignedIn, LoginFailure, Method, Misconfiguration, NextStep, Notice, OneTimePassword, PasswordRule,
    PasswordRules, PreventingAction, Response, SendCodeOutcome, SessionConfig, SessionEvent, SessionState, SignOutReason, TokenStorage,
    Trust, TrustDevice, Tuning, User, Verified, VerifyOutcome, fetch_public, json,
};
#[doc(hidden)]
pub use fusionauth_session_web::{future_of, pause};
pub use guard::{AfterSignIn, RequireSession, SignedIn, SignedOut};
pub use provider::{Session, SessionProvider, use_session};
pub use return_to::{current_path, login_path, return_to};
#[cfg(feature = "roles")]
pub use roles::Role;

#[cfg(doctest)]
mod guide;
