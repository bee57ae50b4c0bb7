//! `cargo xtask build`: cargo compiles the app, `staging` collects its files, and `dist` turns them into the folder that is served.
//!
//! A release build takes minutes, so it is skipped if neither the sources nor the tools have changed since the last one.

use crate::console;
use crate::project::{self, NativeProfile, StandardLibrary, WASM_RELEASE, WASM_TARGET, WasmToolchain};
use crate::{arguments, dist, fingerprint, process, setup, staging, wasm_tools};
use anyhow::{Context, bail};
use pico_args::Arguments;
use std::path::Path;

pub const HELP: &str = "\
usage: cargo xtask build [--force] [--config FILE [--out FOLDER]]

The release build of the app, into dist/: index.html, assets with a hash in their names, a .br and a .gz beside each. Skipped if dist/ is
already the build of these sources.

  --force        build anyway
  --config FILE  also write the apps of this configuration for a host that serves files alone: for each site its files with the
                 configuration in the page, and the headers for nginx, for Caddy, and for hosts that read `_headers`
  --out FOLDER   where to (target/static-site)";

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    let when = if arguments.contains("--force") { When::Always } else { When::Changed };
    // Children run in the workspace's root, so paths relative to the current folder must become absolute here.
    let config = arguments.opt_value_from_fn("--config", |file| std::path::absolute(file))?;
    let out = arguments.opt_value_from_fn("--out", |folder| std::path::absolute(folder))?;
    arguments::finish(arguments, HELP)?;
    let toolchain = setup::for_build()?;
    release(toolchain, when)?;
    match config {
        Some(config) => static_site(&config, &out.unwrap_or_else(|| project::target().join("static-site"))),
        None => Ok(()),
    }
}

/// Makes the server write the static sites, so that they have the headers that the server would send.
fn static_site(config: &Path, out: &Path) -> anyhow::Result<()> {
    let sites = console::step("static sites: storefront-server --static-site", |progress| {
        process::run(project::cargo().args(["build", "-p", "storefront-server"]), progress)?;
        let mut server = project::command(project::program_of("storefront-server", NativeProfile::Debug));
        server.arg("--config").arg(config).arg("--dist").arg(project::dist()).arg("--static-site").arg(out);
        process::run(&mut server, progress)
    })?;
    print!("{sites}");
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    Changed,
    Always,
}

/// Brings dist/ up to date, and returns the standard library of this build.
pub fn release(toolchain: WasmToolchain, when: When) -> anyhow::Result<StandardLibrary> {
    release_with(toolchain, when, wasm_tools::build)
}

/// Like [`release`], for callers that build the tools meanwhile. `wait_for_tools` returns when they are there.
pub fn release_with(
    toolchain: WasmToolchain,
    when: When,
    wait_for_tools: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<StandardLibrary> {
    let root = project::root();
    if !root.join("index.html").is_file() {
        bail!("{} is missing: the app's page", root.join("index.html").display());
    }
    let _lock = lock_builds()?;
    let sources = fingerprint::of_sources(&root, &versions_of_tools(toolchain))?;
    if let (When::Changed, Some((built, library))) = (when, last_build())
        && built == sources
        && dist::is_complete(&project::dist())
    {
        console::note(&format!("app: dist/ is up to date ({library})"));
        return Ok(library);
    }
    let library = standard_library(toolchain);
    console::step("app: cargo build (the first time some minutes)", |progress| process::run(&mut compile(toolchain, library)?, progress))?;
    wait_for_tools()?;
    console::step("app: wasm-bindgen, wasm-opt, content hashes, brotli, gzip", |progress| {
        let staging = project::wasm_target_folder().join("staging");
        staging::collect(&project::wasm_program("storefront"), &staging, progress)?;
        dist::make(&staging, &project::dist(), progress)
    })?;
    // The fingerprint was taken before the build, so sources that changed during it make the next call build again.
    let stamp = stamp();
    fs_err::write(&stamp, format!("{sources}\n{library}\n"))?;
    Ok(library)
}

/// The standard library of the build in dist/, if xtask made that build.
pub fn library_of_last_release() -> Option<StandardLibrary> {
    last_build().map(|(_, library)| library)
}

/// The fingerprint and the standard library of the build in dist/.
fn last_build() -> Option<(String, StandardLibrary)> {
    let text = fs_err::read_to_string(stamp()).ok()?;
    let (sources, library) = text.trim_end().split_once('\n')?;
    Some((sources.to_owned(), StandardLibrary::named(library)?))
}

fn stamp() -> std::path::PathBuf {
    project::wasm_target_folder().join("dist.fingerprint")
}

/// Compiles the standard library on its own, before the app, so that the message of a failure names its one cause. Cargo downloads the
/// library's dependencies, which are not in the workspace's Cargo.lock. If anything fails, the release uses the installed library.
pub fn standard_library(toolchain: WasmToolchain) -> StandardLibrary {
    if !toolchain.has_library_source() {
        return StandardLibrary::Installed;
    }
    let compiled = console::attempt("standard library: cargo build", |progress| {
        let mut cargo = project::command("cargo");
        // This crate has no dependencies, so little else is compiled.
        cargo.args(["build", "-p", "fusionauth-forms", "--profile", WASM_RELEASE, "--target", WASM_TARGET]);
        toolchain.apply_release(StandardLibrary::FromSource, &mut cargo);
        process::run(&mut cargo, progress)
    });
    match compiled {
        Ok(_) => StandardLibrary::FromSource,
        Err(error) => {
            let why = process::reason(&error);
            console::warn(&format!(
                "the release keeps the messages of panics, a tenth more on the wire: the standard library cannot be compiled ({why})"
            ));
            StandardLibrary::Installed
        }
    }
}

/// Locks the build folder, because two builds at the same time would overwrite each other's files. Closing the returned file releases the
/// lock.
pub fn lock_builds() -> anyhow::Result<std::fs::File> {
    let folder = project::wasm_target_folder();
    fs_err::create_dir_all(&folder)?;
    let file = fs_err::File::create(folder.join("build.lock"))?.into_file();
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => console::step("app: wait for another build to end", |_| Ok(file.lock()?))?,
        Err(std::fs::TryLockError::Error(error)) => return Err(error).context("cannot lock target/wasm/build.lock"),
    }
    Ok(file)
}

fn compile(toolchain: WasmToolchain, library: StandardLibrary) -> anyhow::Result<std::process::Command> {
    let mut cargo = project::command("cargo");
    cargo.args(["build", "-p", "storefront", "--bin", "storefront", "--profile", WASM_RELEASE, "--target", WASM_TARGET]);
    toolchain.apply_release(library, &mut cargo);
    // The app contains the path that `dist` gives to this file.
    cargo.env("STOREFRONT_DRAWINGS", dist::hashed_path(&project::root().join(dist::DRAWINGS))?);
    Ok(cargo)
}

/// The versions of the build's tools that are no packages in Cargo.lock, and which optional inputs exist.
fn versions_of_tools(toolchain: WasmToolchain) -> String {
    let mut rustc = project::command("rustc");
    toolchain.apply(&mut rustc);
    ["wasm-opt", "rollup", "terser"]
        .into_iter()
        .map(project::command)
        .chain([rustc])
        .filter_map(|mut tool| process::stdout_of(tool.arg("--version")))
        .chain([format!("font: {}", setup::FRAUNCES.is_installed())])
        .chain([format!("source of the standard library: {}", toolchain.has_library_source())])
        .collect()
}
