//! The Store and Forums backends, and the host of the SPA.
//!
//! One process serves several sites, and the `Host` header selects the site of a request ([`config::site`]). Each site has its own router
//! and its own token verification (audience, keys, `User-Agent`). All share one database.
//!
//! # Layout
//!
//! - [`config`]: flags, environment, file, and the host of each site. [`server`] and [`program`]: start, ports, stop. [`router`]: the
//!   routes of each host. [`state`]: the state that handlers share.
//! - [`http`]: the common part of every request and response.
//! - [`auth`]: the sender of a request, in each workflow's way; renewals, sessions, cookies, FusionAuth's API.
//! - [`auth_proxy`]: the proxy in front of FusionAuth, which puts its cookies on a parent domain.
//! - [`store`], [`forums`], [`account`], [`sign_in`]: the parts of the product, each with its API and its pages. [`users`] and [`text`]:
//!   display names, and a check of texts, which several parts need. `product_threads`: the link between Store and Forums.
//! - [`pages`]: the common part of the server-rendered pages. [`spa`]: the single-page app's index.html.
//! - [`database`]: the connection and its schema. [`demo_data`]: the data of a development database. [`clock`], [`background`]: time, and
//!   work that outlives a request. [`purge`]: deletion of old rows.
//!
//! # What it never does
//!
//! No log line, error or response body holds a token, and no handler sees an unverified claim. A process holds no state except caches and
//! rate limits, so any number of instances may share one PostgreSQL.

#![warn(missing_docs)]

pub mod account;
pub mod auth;
pub mod auth_proxy;
pub mod background;
pub mod clock;
pub mod config;
pub mod database;
pub mod demo_data;
pub mod demo_products;
pub mod forums;
pub mod http;
mod log_writer;
pub mod metrics;
pub mod pages;
mod product_threads;
pub mod program;
pub mod purge;
pub mod router;
pub mod server;
pub mod sign_in;
pub mod spa;
pub mod state;
pub mod static_site;
pub mod store;
pub mod text;
pub mod tls;
pub mod traces;
pub mod users;

/// The version of this crate, which is in `User-Agent`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
