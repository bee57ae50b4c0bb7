//! `cargo xtask setup`: installs what the other commands need on a machine that has git, Rust and a package manager.
//!
//! The command uses a tool that is already installed in a suitable version, and never changes it. It installs everything else, one tool per
//! step.

mod apt;
mod browsers;
mod python;
mod rustup;
mod servers;
mod tools;
mod wasm_target;

pub use browsers::{Browser, Browsers, Engine};
pub use python::{PythonTools, ensure_python_tools};
pub use rustup::ensure_static_target;
pub use servers::{PostgreSql, web_server};
pub use tools::{AXE_CORE, CARGO_DENY, CARGO_SEMVER_CHECKS, FRAUNCES, MDBOOK, TRUNK, ensure_npm, ensure_tests_of_npm_package};

use crate::project::{self, WasmToolchain};
use crate::{arguments, console, process, wasm_tools};
use anyhow::{bail, ensure};
use pico_args::Arguments;

pub const HELP: &str = "\
usage: cargo xtask setup [--build]

Installs what the other commands need: the WebAssembly target, the standard library's source, wasm-bindgen, wasm-opt, Rollup,
terser and geckodriver (the last four into target/tools). axe-core comes from npm.
If Chromium or its driver is missing, apt installs them, provided that it needs no password. With CI=true, apt also installs Firefox,
WebKitGTK, Chromium's headless shell, PostgreSQL, nginx, Caddy and Python; without it, the installed ones are used.

  --build   only what `build` and `serve` need";

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    let is_only_build = arguments.contains("--build");
    arguments::finish(arguments, HELP)?;
    if is_only_build {
        for_build()?;
        return wasm_tools::build();
    }
    let environment = for_test(RequiredTools::InChromium)?;
    wasm_tools::build_all()?;
    let browsers = for_firefox()?;
    for engine in browsers.missing() {
        console::warn(&format!("{engine} was not found: {}", engine.how_to_get()));
    }
    if environment.postgresql.is_none() {
        console::warn(&format!("PostgreSQL's programs were not found: {}", servers::HOW_TO_GET_POSTGRESQL));
    }
    AXE_CORE.ensure()
}

/// Installs the WebAssembly target and the tools that make a release of the app, except those that [`wasm_tools`] builds.
pub fn for_build() -> anyhow::Result<WasmToolchain> {
    // The programs come first, because they may need the user's help.
    let programs = tools::ensure_programs()?;
    let toolchain = wasm_target::ensure()?;
    rustup::ensure_library_source(toolchain);
    if let Err(error) = FRAUNCES.ensure() {
        console::warn(&format!("headings are in the system's serif: {}", process::reason(&error)));
    }
    console::note(&format!("setup: WebAssembly target ({toolchain}), {programs}"));
    Ok(toolchain)
}

/// Installs what builds a program for this target of another machine: its standard library, Zig and cargo-zigbuild. Returns the folder of
/// their programs.
pub fn for_other_platforms(target: &str) -> anyhow::Result<std::path::PathBuf> {
    rustup::ensure_target(target)?;
    Ok(python::ensure_zig()?.programs)
}

/// Installs the program that builds images of containers and runs them. It needs root, because it runs them without namespaces.
pub fn ensure_buildah() -> anyhow::Result<()> {
    ensure!(apt::is_root(), "only root can run images without namespaces");
    if process::find("buildah").is_some() { Ok(()) } else { apt::install_missing("images", &["buildah"]) }
}

/// The toolchain, the database server and the browsers with which the tests run.
pub struct TestEnvironment {
    pub toolchain: WasmToolchain,
    /// `None` if PostgreSQL is not installed. CI always has it.
    pub postgresql: Option<PostgreSql>,
    /// Firefox is among them only if it has its driver, which [`for_firefox`] compiles.
    pub browsers: Browsers,
}

/// The tools that the tests need, by the browsers in which they run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RequiredTools {
    Native,
    /// In every engine that is installed; one is enough.
    InAnyBrowser,
    /// In Chromium, and in every other engine that is installed.
    InChromium,
}

/// Installs what the tests need, except Firefox's driver: lints, browsers, PostgreSQL. With CI=true, all of these are required.
pub fn for_test(required: RequiredTools) -> anyhow::Result<TestEnvironment> {
    // Packages come first, because without them the tests cannot run after the minutes that a build takes.
    apt::install_missing("the tests", &missing_packages(required))?;
    if project::is_ci() && required == RequiredTools::InChromium {
        browsers::ensure_headless_shell();
    }
    let toolchain = for_build()?;
    rustup::ensure_lints(toolchain)?;
    let postgresql = PostgreSql::find();
    if postgresql.is_none() && project::is_ci() {
        bail!("PostgreSQL is required where CI=true: {}", servers::HOW_TO_GET_POSTGRESQL);
    }
    let browsers = Browsers::find();
    if project::is_ci() && required != RequiredTools::Native {
        // `for_firefox` compiles Firefox's driver.
        let missing = browsers.missing().into_iter().find(|&engine| engine != Engine::Firefox || !Browsers::has_binary(engine));
        if let Some(engine) = missing {
            bail!("{engine} is required where CI=true: {}", engine.how_to_get());
        }
    }
    Ok(TestEnvironment { toolchain, postgresql, browsers })
}

/// Compiles Firefox's driver, if Firefox is installed, and finds the browsers.
pub fn for_firefox() -> anyhow::Result<Browsers> {
    if Browsers::has_binary(Engine::Firefox) {
        tools::GECKODRIVER.ensure()?;
    }
    Ok(Browsers::find())
}

fn missing_packages(required: RequiredTools) -> Vec<&'static str> {
    let in_browsers: &[Engine] = match required {
        RequiredTools::Native => &[],
        _ if project::is_ci() => &Engine::ALL,
        RequiredTools::InAnyBrowser if !Browsers::find().installed().is_empty() => &[],
        RequiredTools::InAnyBrowser | RequiredTools::InChromium => &[Engine::Chromium],
    };
    let mut packages = browsers::missing_packages(in_browsers);
    if project::is_ci() {
        packages.extend(servers::missing_packages());
        packages.extend(python::missing_packages());
    }
    packages
}
