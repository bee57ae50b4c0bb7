//! Request and response types of the part of FusionAuth's API that native login uses, and what each status means.
//!
//! Nothing here does I/O: a caller sends the request, and hands the status and the decoded body back to
//! [`login::LoginResponse::into_token`] or [`refresh::RefreshOutcome::from_response`], which say what happened. The crate compiles natively
//! and for wasm.
//!
//! # Layout
//!
//! - [`login`]: `POST /api/login`, `POST /api/two-factor/login` and `POST /api/webauthn/login`.
//! - [`refresh`]: `POST /api/jwt/refresh`, and which answers end a session.
//! - [`claims`]: the claims that a client reads from an access token without verifying it.
//! - [`password`]: a forgotten password, and a new one.
//! - [`verification`]: verifying an email address or a registration.
//! - [`errors`]: FusionAuth's `Errors` object.
//! - [`return_path`]: whether a URL is safe to go to after signing in.
//! - `backend`, `account`, `authenticator`, `passkey` and `step_up`, with the feature `backend`: types that only a server may hold or send
//!   (refresh tokens, client secrets, registrations, a second factor outside a sign-in).
//!
//! # What it never does
//!
//! The bodies of login and refresh repeat the refresh token
//! (<https://fusionauth.io/docs/apis/login>). No type for browsers has a field for it, so it is never
//! deserialised and cannot be kept by accident.

#![warn(missing_docs)]

#[cfg(feature = "backend")]
pub mod account;
#[cfg(feature = "backend")]
pub mod authenticator;
#[cfg(feature = "backend")]
pub mod backend;
pub mod claims;
pub mod errors;
pub mod login;
#[cfg(feature = "backend")]
pub mod passkey;
pub mod password;
pub mod refresh;
pub mod return_path;
#[cfg(feature = "backend")]
pub mod step_up;
mod token;
mod user;
pub mod verification;

pub use token::AccessToken;
pub use user::User;

/// The programs of the README, which the doctests compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
