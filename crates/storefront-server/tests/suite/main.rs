//! The server as its clients see it: real HTTP, real signatures, a database of its own for each test.
//!
//! `TEST_DATABASE_URL=postgres://…` runs the whole suite on PostgreSQL, one schema per test; otherwise SQLite files.

mod addresses;
mod bad_input;
mod cart;
mod command;
mod display_names;
mod http_edge;
mod issuer;
mod keys;
mod limits;
mod outcomes;
mod pages;
mod posts;
mod quantity;
mod register;
mod repeated_writes;
mod sign_in;
mod sign_out;
mod sign_out_soak;
mod single_refresh;
mod spa_backend;
mod spa_shared_domain;
mod stage;
mod temp;
mod tokens;
mod totp;
mod webapp_attacks;
mod webapp_forms;
mod webapp_steps;
mod world;

/// The server with these arguments.
pub(crate) async fn bind(arguments: Vec<String>) -> storefront_server::server::Server {
    use clap::Parser;
    let config = storefront_server::config::Config::try_parse_from(arguments).unwrap();
    storefront_server::server::Server::bind(config, storefront_server::router::Additions::default()).await.unwrap()
}
