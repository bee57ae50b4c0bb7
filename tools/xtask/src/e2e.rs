//! Builds the servers, and makes the commands that run the tests of tools/e2e with them and with the browsers that `setup` finds. `test`,
//! `diagrams` and `screenshots` use them.

use crate::project::StandardLibrary;
use crate::setup::{self, Browser, Engine};
use crate::{build, console, machine_speed, process, project};
use anyhow::Context;
use std::process::Command;

/// The test programs of tools/e2e, which a plain `cargo test` does not run, because they need a browser and the release build.
const TARGETS: [&str; 3] = ["diagrams", "engines", "journeys"];

/// Sets up and builds what these tests need. Returns the browser, and the standard library of the app.
///
/// # Errors
/// Returns an error if Chromium is missing, or if a program does not compile.
pub fn prepare() -> anyhow::Result<(Browser, StandardLibrary)> {
    let environment = setup::for_test(setup::RequiredTools::InChromium)?;
    let chromium = environment.browsers.get(Engine::Chromium);
    let chromium = chromium.context(Engine::Chromium.how_to_get())?.clone();
    let library = build::release(environment.toolchain, build::When::Changed)?;
    console::step("servers: cargo build", |progress| process::run(&mut project::build_programs(&PROGRAMS), progress))?;
    Ok((chromium, library))
}

/// The programs that the journeys start.
pub const PROGRAMS: [&str; 3] = ["fusionauth-emulator", "development-world", "development-certificates"];

pub fn name_targets(cargo: &mut Command) {
    TARGETS.iter().for_each(|target| {
        cargo.args(["--test", target]);
    });
}

/// A command that runs one of [`TARGETS`]. `others` are the installed browsers; the tests use those of other engines.
pub fn test_command(target: &str, chromium: &Browser, others: &[Browser]) -> Command {
    let mut cargo = with_programs(chromium, others);
    project::with_more_threads(cargo.args(["--test", target]));
    cargo
}

/// The tags of the languages that the pages have besides English. The app's page lists them for its scripts.
pub fn other_languages() -> anyhow::Result<Vec<String>> {
    let page = project::read("index.html")?;
    let (_, rest) = page.split_once("data-languages=\"").context("index.html has no data-languages")?;
    Ok(rest.split('"').next().unwrap_or_default().split(' ').map(str::to_owned).collect())
}

/// Makes these tests use Chromium's headless shell, if it is installed.
pub fn in_headless_shell<'a>(cargo: &'a mut Command, chromium: &Browser) -> &'a mut Command {
    cargo.env("HEADLESS_CHROMIUM", chromium.headless_shell())
}

/// A command that runs the ignored unit tests of tools/e2e, which drive a browser. The native tests omit them because they need Chromium.
pub fn test_e2e_library(chromium: &Browser, filter: Option<&str>) -> Command {
    let mut cargo = with_programs(chromium, &[]);
    cargo.arg("--lib").args(filter).args(["--", "--ignored"]);
    cargo
}

fn with_programs(chromium: &Browser, others: &[Browser]) -> Command {
    let mut cargo = project::natively("test");
    cargo.arg("--no-fail-fast");
    cargo.env("FUSIONAUTH_EMULATOR", project::program("fusionauth-emulator"));
    cargo.env("STOREFRONT_SERVER", project::program("development-world")).env("STOREFRONT_DIST", project::dist());
    cargo.env("DEVELOPMENT_CERTIFICATES", project::program("development-certificates"));
    cargo.env("TEMPLATE_DIST", project::template_dist()).env("TEMPLATE_SERVER", project::program("server"));
    cargo.env("AXE_CORE", setup::AXE_CORE.path());
    cargo.env("CHROMIUM", &chromium.binary).env("CHROMEDRIVER", &chromium.driver);
    cargo.env("E2E_TIME_FACTOR", machine_speed::time_factor().to_string());
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
