//! Tests of the server as its clients see it: over real HTTP and with real signatures. Each test has its own database.
//!
//! `TEST_DATABASE_URL=postgres://…` runs the whole suite on PostgreSQL, with one schema for each test. Otherwise each test has a SQLite
//! file.

mod account;
mod account_api;
mod anonymous_endpoints;
mod anonymous_requests;
mod bad_input;
mod browse;
mod caller;
mod command;
mod configuration;
mod contact;
mod device;
mod device_binding;
mod device_costs;
mod device_ends;
mod device_lockout;
mod device_rotation;
mod device_sign_ins;
mod email_change;
mod email_proof;
mod ended_sign_ins;
mod forgotten_password;
mod fusionauth_host;
mod fusionauth_members;
mod guest_orders;
mod http_edge;
mod https;
mod keep_signed_in;
mod keys;
mod languages;
mod limits;
mod log;
mod mail_templates;
mod operation;
mod orders_pages;
mod outcomes;
mod pages;
mod passkeys;
mod passwordless;
mod product_pages;
mod refused_forms;
mod register;
mod search_words;
mod second_factor;
mod security_headers;
mod sign_out_soak;
mod sites;
mod spa_backend;
mod spa_shared_domain;
mod sql;
mod static_site;
mod step_up;
mod stop_under_load;
mod test_cluster;
mod test_server;
mod thread_pages;
mod token_cache;
mod tokens;
mod traces;
mod typed;
mod verification;
mod webapp_attacks;
mod webapp_forms;
mod webapp_steps;
mod webhook;

/// Binds a server with these arguments.
pub(crate) async fn bind(arguments: Vec<String>) -> storefront_server::server::Server {
    let arguments: Vec<std::ffi::OsString> = arguments.into_iter().map(Into::into).collect();
    let config = storefront_server::config::load(&arguments).unwrap();
    storefront_server::server::Server::bind(config, storefront_server::router::Additions::default()).await.unwrap()
}
