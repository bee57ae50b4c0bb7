//! The production program, `storefront-server`: the server and nothing else. `--help` lists its flags.

use mimalloc::MiMalloc;
use std::process::ExitCode;
use storefront_server::{config::Config, program, router::Additions, server::Server};

/// A request makes about a hundred allocations, and with the C library's allocator these were an eighth of its CPU time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    program::run("storefront-server", |config: Config| Server::bind(config, Additions::default())).await
}
