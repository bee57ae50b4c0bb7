//! `cargo xtask setup`: brings a machine with git, Rust and a package manager to the point where everything else works.
//! What is there is left alone; each thing that is not gets one step.

mod apt;
mod browsers;
mod components;
mod database;
mod python;
mod rust_src;
mod tools;
mod wasm_target;

pub use browsers::{Browser, Browsers, Engine};
pub use database::PostgreSql;

use crate::console;
use crate::project::{self, WasmToolchain};
use anyhow::bail;

const HELP: &str = "\
usage: cargo xtask setup [--build]

Installs what the other commands need: the WebAssembly target, the standard library's source, wasm-bindgen, Trunk, wasm-opt and
geckodriver (the last four into target/tools). Chromium with its driver is installed by apt if it is missing and apt may be used without a password. Where CI=true
so are Firefox, WebKitGTK, PostgreSQL and Python; elsewhere those that are there are used.

  --build   only what `build`, `serve` and `trunk` need";

/// What a command is about to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Build,
    /// Build and test.
    Test,
}

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    let mut need = Need::Test;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("build") => need = Need::Build,
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    match need {
        Need::Build => {
            for_build()?;
        }
        Need::Test => {
            for_test(Tests::InChromium)?.say_what_is_missing();
        }
    }
    Ok(())
}

/// The WebAssembly target and the tools that make a release of the app.
pub fn for_build() -> anyhow::Result<WasmToolchain> {
    // What can only be installed by the person comes first, before minutes of building the other tools.
    let wasm_opt = tools::ensure_wasm_opt()?;
    let toolchain = wasm_target::ensure()?;
    rust_src::ensure(toolchain);
    let versions = tools::ensure(&[tools::wasm_bindgen()?, tools::trunk()])?;
    console::note(&format!("setup: WebAssembly target ({toolchain}), {versions}, {wasm_opt}"));
    Ok(toolchain)
}

/// What the tests found on this machine.
pub struct TestRig {
    pub toolchain: WasmToolchain,
    pub browsers: Browsers,
    /// None: not on this machine, and not CI's.
    pub postgresql: Option<PostgreSql>,
}

impl TestRig {
    pub fn say_what_is_missing(&self) {
        for engine in self.browsers.missing() {
            console::warn(&format!("{engine} was not found: {}", engine.how_to_get()));
        }
        if self.postgresql.is_none() {
            console::warn(&format!("PostgreSQL's programs were not found: {}", database::HOW_TO_GET));
        }
    }
}

/// Which tests are about to run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tests {
    Native,
    /// In every engine that is there, at least one.
    InAnyBrowser,
    /// In Chromium, and in every other engine that is there.
    InChromium,
}

/// Everything of `for_build`, and lints, browsers, drivers, PostgreSQL. Where CI=true all of it is installed and required.
pub fn for_test(tests: Tests) -> anyhow::Result<TestRig> {
    // Before minutes of building, which would be in vain.
    apt::install_missing("the tests", &missing_packages(tests))?;
    let toolchain = for_build()?;
    components::ensure(toolchain)?;
    if tests != Tests::Native && Browsers::has_binary(Engine::Firefox) {
        tools::ensure(&[tools::geckodriver()])?;
    }
    let rig = TestRig { toolchain, browsers: Browsers::find(), postgresql: PostgreSql::find() };
    if project::is_ci() {
        if let Some(engine) = rig.browsers.missing().first().filter(|_| tests != Tests::Native) {
            bail!("{engine} is required where CI=true: {}", engine.how_to_get());
        }
        if rig.postgresql.is_none() {
            bail!("PostgreSQL is required where CI=true: {}", database::HOW_TO_GET);
        }
    }
    Ok(rig)
}

/// The Debian packages of what these tests cannot do without.
fn missing_packages(tests: Tests) -> Vec<&'static str> {
    let in_browsers: &[Engine] = match tests {
        Tests::Native => &[],
        _ if project::is_ci() => &Engine::ALL,
        Tests::InAnyBrowser if !Browsers::find().found().is_empty() => &[],
        Tests::InAnyBrowser | Tests::InChromium => &[Engine::Chromium],
    };
    let mut packages = browsers::missing_packages(in_browsers);
    if project::is_ci() {
        packages.extend(database::missing_packages());
        packages.extend(python::missing_packages());
    }
    packages
}
