//! The program `development-world`, which `cargo xtask serve` starts. `--help` lists its flags.

use clap::Parser;
use development_world::Options;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    storefront_server::program::run("development-world", options.bind()).await
}
