//! The production program, `storefront-server`: the server and nothing else. `--help` lists its flags.

use std::process::ExitCode;
use storefront_server::{config::Config, program, router::Additions, server::Server};

#[tokio::main]
async fn main() -> ExitCode {
    program::run("storefront-server", |config: Config| Server::bind(config, Additions::default())).await
}
