//! The command that runs the tests of crates/e2e, with the programs that this workspace has built and the browser that `setup` has
//! found. `test` and `diagrams` both use it.

use crate::project;
use crate::setup::{Browser, Engine};
use std::process::Command;

/// `cargo test -p e2e`; the caller may add arguments. Of other engines, those are tested that are installed.
pub fn test_command(chromium: &Browser, others: &[Browser]) -> Command {
    let mut cargo = project::cargo();
    cargo.args(["test", "-p", "e2e", "--no-fail-fast"]);
    cargo.env("FUSIONAUTH_EMULATOR", project::program("fusionauth-emulator"));
    cargo.env("STOREFRONT_SERVER", project::program("development-world")).env("STOREFRONT_DIST", project::dist());
    cargo.env("MINIMAL_DIST", project::minimal());
    cargo.env("CHROMIUM", &chromium.binary).env("CHROMEDRIVER", &chromium.driver);
    for other in others {
        let (binary, driver) = match other.engine {
            Engine::Chromium => continue,
            Engine::Firefox => ("FIREFOX", "GECKODRIVER"),
            Engine::WebKit => ("MINI_BROWSER", "WEBKIT_DRIVER"),
        };
        cargo.env(binary, &other.binary).env(driver, &other.driver);
    }
    cargo
}
