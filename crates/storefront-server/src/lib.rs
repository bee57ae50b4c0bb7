//! The Store and Forums backends, and the host of the SPA.
//!
//! One process serves several applications, told apart by the `Host` header ([`config::site`]). Each has its own router, its own
//! token verification (audience, keys, `User-Agent`) and shares the database.
//!
//! # Layout
//!
//! - [`config`]: flags, environment, and which host is which site. [`server`]: start, listen, stop. [`program`]: the command around it. [`router`]: which router answers which host. [`state`]: what handlers share.
//! - [`http`]: what every request and answer has in common.
//! - [`auth`]: who sends a request, in each workflow's way; renewals, sessions, cookies, FusionAuth's API.
//! - [`auth_proxy`]: the proxy before FusionAuth, which puts its cookies on a parent domain.
//! - [`store`], [`forums`], [`account`], [`sign_in`]: the parts of the product, each with its API and its pages.
//! - [`pages`]: what the server-rendered pages have in common. [`spa`]: index.html.
//! - [`database`]: the connection and its schema. [`demo_data`]: what a development database holds.
//!
//! # What it never does
//!
//! No log line, error or answer holds a token, and no handler sees an unverified claim. No state lives in the process
//! but caches, so any number of instances may share one PostgreSQL.

#![warn(missing_docs)]

pub mod account;
pub mod auth;
pub mod auth_proxy;
pub mod background;
pub mod clock;
pub mod config;
pub mod database;
pub mod demo_data;
pub mod forums;
pub mod http;
pub mod pages;
pub mod program;
pub mod router;
pub mod server;
pub mod sign_in;
pub mod spa;
pub mod state;
pub mod store;
pub mod text;
pub mod users;

/// This crate's version, as the binary's `--version` and its `User-Agent` name it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
