//! Tests of the development world over real HTTP. They share the issuer and the client with the server's own tests.

mod certificates;
mod clock;
mod flows;
mod index;
#[path = "../../../storefront-server/tests/suite/issuer.rs"]
#[allow(dead_code)]
mod issuer;
mod long_cart;
mod record;
#[path = "../../../storefront-server/tests/suite/temp.rs"]
#[allow(dead_code)]
mod temp;
#[path = "../../../storefront-server/tests/suite/test_server.rs"]
#[allow(dead_code)]
mod test_server;

/// Starts the development world with these arguments, for `test_server`.
pub(crate) async fn bind(arguments: Vec<String>) -> storefront_server::server::Server {
    use clap::Parser;
    development_world::Options::try_parse_from(arguments).unwrap().bind().await.unwrap()
}
