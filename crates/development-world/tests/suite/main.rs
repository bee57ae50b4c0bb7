//! The development world from outside, on the same issuer and the same client as the server's tests.

mod flows;
mod index;
#[path = "../../../storefront-server/tests/suite/issuer.rs"]
#[allow(dead_code)]
mod issuer;
mod record;
#[path = "../../../storefront-server/tests/suite/temp.rs"]
#[allow(dead_code)]
mod temp;
#[path = "../../../storefront-server/tests/suite/world.rs"]
#[allow(dead_code)]
mod world;

/// The development world with these arguments.
pub(crate) async fn bind(arguments: Vec<String>) -> storefront_server::server::Server {
    use clap::Parser;
    development_world::Options::try_parse_from(arguments).unwrap().bind().await.unwrap()
}
