//! How the tests of crates/e2e are run: with the programs of this workspace and the browser that `setup` has found.

use crate::project;
use crate::setup::Browser;
use std::process::Command;

/// `cargo test -p e2e`, to which arguments may be added.
pub fn test(chromium: &Browser) -> Command {
    let mut cargo = project::cargo();
    cargo.args(["test", "-p", "e2e", "--no-fail-fast"]);
    cargo.env("FUSIONAUTH_EMULATOR", project::program("fusionauth-emulator"));
    cargo.env("STOREFRONT_SERVER", project::program("development-world")).env("STOREFRONT_DIST", project::dist());
    cargo.env("MINIMAL_DIST", project::minimal());
    cargo.env("CHROMIUM", &chromium.binary).env("CHROMEDRIVER", &chromium.driver);
    cargo
}
