//! `cargo xtask setup`: brings a machine with git, Rust and a package manager to the point where everything else works.
//! What is there is left alone; each thing that is not gets one step.

mod apt;
mod browsers;
mod components;
mod database;
mod python;
mod tools;
mod wasm_target;

pub use browsers::{Browser, Browsers, Engine};
pub use database::PostgreSql;

use crate::console;
use crate::project::{self, WasmToolchain};
use anyhow::bail;

const HELP: &str = "\
usage: cargo xtask setup [--build]

Installs what the other commands need: the WebAssembly target, wasm-bindgen, Trunk, wasm-opt and geckodriver (the last four into
target/tools). Browsers, PostgreSQL and Python are installed only where CI=true; elsewhere those that are there are used.

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
            for_test(Tests::InBrowsersToo)?.say_what_is_missing();
        }
    }
    Ok(())
}

/// The WebAssembly target and the tools that make a release of the app.
pub fn for_build() -> anyhow::Result<WasmToolchain> {
    let toolchain = wasm_target::ensure()?;
    let versions = tools::ensure(&[tools::wasm_bindgen()?, tools::trunk()])?;
    let wasm_opt = tools::ensure_wasm_opt()?;
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
    InBrowsersToo,
}

/// Everything of `for_build`, and lints, browsers, drivers, PostgreSQL. Where CI=true all of it is installed and required.
pub fn for_test(tests: Tests) -> anyhow::Result<TestRig> {
    let toolchain = for_build()?;
    components::ensure(toolchain)?;
    if tests == Tests::Native && !project::is_ci() {
        return Ok(TestRig { toolchain, browsers: Browsers::find(), postgresql: PostgreSql::find() });
    }
    if project::is_ci() {
        let packages = [browsers::missing_packages(), database::missing_packages(), python::missing_packages()].concat();
        apt::install_missing("browsers, PostgreSQL and Python", &packages)?;
    }
    let mut browsers = Browsers::find();
    if browsers.has_binary(Engine::Firefox) {
        tools::ensure(&[tools::geckodriver()])?;
        browsers = Browsers::find();
    }
    let postgresql = PostgreSql::find();
    if browsers.found().is_empty() {
        bail!("no browser was found to test with; install at least one, e.g. Chromium with its driver (Debian: chromium chromium-driver)");
    }
    if project::is_ci() {
        if let Some(engine) = browsers.missing().first() {
            bail!("{engine} is required where CI=true: {}", engine.how_to_get());
        }
        if postgresql.is_none() {
            bail!("PostgreSQL is required where CI=true: {}", database::HOW_TO_GET);
        }
    }
    Ok(TestRig { toolchain, browsers, postgresql })
}
