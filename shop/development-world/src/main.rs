//! The program `development-world`, which `cargo xtask serve` starts. `--help` lists its flags.

use development_world::Options;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    storefront_server::program::run("development-world", Options::bind).await
}
