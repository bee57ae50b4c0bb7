//! Request and response types of the part of FusionAuth's API that native login uses, and what each status means.
//!
//! This crate does no I/O: the caller sends a request, and passes the status and the decoded body of the answer to functions such as
//! [`login::LoginResponse::into_token`] and [`refresh::RefreshOutcome::from_response`], which return the outcome. The crate compiles
//! natively and for wasm.
//!
//! # Layout
//!
//! - [`login`]: `POST /api/login`, `POST /api/two-factor/login`, `POST /api/webauthn/login` and `POST /api/passwordless/login`.
//! - [`refresh`]: `POST /api/jwt/refresh`, and which answers end a session.
//! - [`claims`]: the claims that a client reads from an access token without verifying it.
//! - [`password`]: forgotten passwords and password changes.
//! - [`verification`]: verifying an email address or a registration.
//! - [`errors`]: FusionAuth's `Errors` object.
//! - [`typed`]: the form in which typed emails, codes and passwords are sent.
//! - [`return_path`]: whether a URL is safe to go to after signing in.
//! - `backend`, `account`, `authenticator`, `passkey`, `passwordless` and `step_up`, with the feature `backend`: types that only a server
//!   may use (refresh tokens, client secrets, registrations, a second factor outside a sign-in).
//!
//! # What it never does
//!
//! FusionAuth's answers to a login and a refresh contain the refresh token not only in a cookie but also in the body
//! (<https://fusionauth.io/docs/apis/login>). No type for browsers has a field for the token, so a browser never deserialises it and cannot
//! store it by accident.

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
#[cfg(feature = "backend")]
pub mod passwordless;
pub mod refresh;
pub mod return_path;
#[cfg(feature = "backend")]
pub mod step_up;
mod token;
pub mod typed;
mod user;
pub mod verification;

pub use token::AccessToken;
pub use user::User;

/// The README. Including it here lets doctests compile its example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
