//! The Store and Forums backends, and the host of the SPA.
//!
//! One process serves several applications, told apart by the `Host` header ([`site`]). Each has its own router, its own
//! token verification (audience, keys, `User-Agent`) and shares the database.
//!
//! # Layout
//!
//! - [`config`]: flags and environment. [`server`]: start, listen, stop. [`app`]: which router answers which host.
//! - [`gate`]: who sends a request, in each workflow's way. [`cookies`]: the cookies that we set. [`renewal`]: one refresh per
//!   refresh token, over all instances. [`sessions`]: sessions in the database. [`fusionauth`]: FusionAuth's API. [`client`]: whose address it is told.
//! - [`front`]: the front before FusionAuth, which puts its cookies on a parent domain.
//! - [`routes`]: one file per part of the API, each with its `router()`.
//! - [`error`]: every way a request fails, its status and its problem document.
//! - [`verify`]: what makes an access token good; pure. [`jwks`]: FusionAuth's public keys. [`shopper`]: the extractor that joins both.
//! - [`webapp`]: the server-rendered pages. [`spa`]: index.html. [`files`]: the built assets. [`headers`]: security headers. [`envelope`]: request id, time-out, log line.
//! - [`db`]: the connection and its schema. [`demo`]: what a development database holds.
//!
//! # What it never does
//!
//! No log line, error or answer holds a token, and no handler sees an unverified claim. No state lives in the process
//! but caches, so any number of instances may share one PostgreSQL.

#![warn(missing_docs)]

pub mod app;
pub mod client;
pub mod clock;
pub mod config;
pub mod cookies;
pub mod db;
pub mod demo;
pub mod envelope;
pub mod error;
pub mod files;
pub mod front;
pub mod fusionauth;
pub mod gate;
pub mod headers;
pub mod json;
pub mod jwks;
pub mod percent;
pub mod renewal;
pub mod routes;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod shopper;
pub mod site;
pub mod spa;
pub mod verify;
pub mod webapp;

/// This crate's version, as the binary's `--version` and its `User-Agent` name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
