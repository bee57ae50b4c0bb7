//! The backends of the Store and the Forums, their server-rendered pages, and the host of the single-page app.
//!
//! One process serves several sites, and the `Host` header selects the site of a request ([`config::site`]). Each site has its own router,
//! and each application at FusionAuth has its own token verification (issuer, audience, keys). All sites of the process share one database.
//!
//! # Layout
//!
//! - [`config`]: the settings from flags, environment and file, and the host of each site. [`program`] and [`server`] start and stop the
//!   process, and open its ports. [`router`]: the routes of each host. `features`: the list of the features. [`state`]: the state that the
//!   handlers of a site share. [`user_request`]: a request of a signed-in user.
//! - [`http`]: code that every request and response uses.
//! - [`auth`]: identifies the sender of a request in each workflow. Renewals, sessions, cookies, and FusionAuth's API.
//! - [`auth_proxy`]: the proxy in front of FusionAuth. In `spa-shared-domain` it moves FusionAuth's cookies to the parent domain.
//! - [`store`], [`forums`], [`account`], [`sign_in`]: the features, each with its API, its pages and its tables of users. [`users`]: display
//!   names and guests. [`text`]: the words of texts, and a check of texts that users write. `search_words`: stores these words.
//!   `product_threads`: the threads about a product, which link Store and Forums. `drafts`: unsent posts and orders. `product_text`: the
//!   language of the products' texts.
//! - [`pages`]: code that all server-rendered pages share. [`spa`]: the `index.html` of the single-page app. [`static_site`]: writes the
//!   app's files for a static file host.
//! - [`database`]: the connection and the schema. [`user_data`]: the export and the deletion of rows about users. [`purge`]: deletes old rows. [`demo_data`], [`demo_products`]: the data of a development
//!   database.
//! - [`clock`]: the time. [`background`]: tasks that outlive a request. [`mail`]: the layout of emails. [`secret`]: random ids and hashes. [`tls`]: the certificate.
//!   [`metrics`]: data for operators.
//!
//! # What it never does
//!
//! No log line, error or response body of the backends holds a token, and no handler sees a claim of an unverified token. A process
//! holds no state except caches and rate limits, so any number of instances may share one PostgreSQL.

#![warn(missing_docs)]

pub mod account;
pub mod auth;
pub mod auth_proxy;
pub mod background;
pub mod clock;
pub mod config;
mod contact;
pub mod database;
pub mod demo_data;
pub mod demo_products;
mod drafts;
mod features;
pub mod forums;
pub mod http;
pub mod mail;
pub mod metrics;
mod notices;
pub mod pages;
mod product_text;
mod product_threads;
pub mod program;
pub mod purge;
pub mod router;
pub mod search_words;
pub mod secret;
pub mod server;
pub mod sign_in;
pub mod spa;
pub mod state;
pub mod static_site;
pub mod store;
pub mod text;
pub mod tls;
pub mod typed;
pub mod user_data;
pub mod user_request;
pub mod users;
