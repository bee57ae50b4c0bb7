//! The command `development-world`; see `--help`.

use clap::Parser;
use development_world::Options;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    storefront_server::program::run("development-world", options.bind()).await
}
