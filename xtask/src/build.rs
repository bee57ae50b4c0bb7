//! `cargo xtask build`: Trunk compiles the app and collects its files, and `dist` makes of them the folder that is served.
//!
//! A release build takes minutes, so it is skipped if neither the sources nor the tools have changed since the last one.

use crate::console;
use crate::project::{self, WasmToolchain};
use crate::{dist, fingerprint, process, setup};
use anyhow::{Context, bail};
use std::path::Path;

const HELP: &str = "\
usage: cargo xtask build [--force]

The release build of the app, into dist/: index.html, assets with a hash in their names, a .br beside each. Skipped if dist/ is
already the build of these sources.

  --force   build anyway";

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    let mut when = When::Changed;
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("force") => when = When::Always,
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    let toolchain = setup::for_build()?;
    release(toolchain, when)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    Changed,
    Always,
}

/// Brings dist/ up to date.
pub fn release(toolchain: WasmToolchain, when: When) -> anyhow::Result<()> {
    let root = project::root();
    if !root.join("index.html").is_file() {
        bail!("{} is missing: the app's page, from which Trunk builds", root.join("index.html").display());
    }
    let _lock = lock_builds()?;
    let sources = fingerprint::of_sources(&root, &tools(toolchain))?;
    let stamp = project::wasm_target_folder().join("dist.fingerprint");
    if when == When::Changed && std::fs::read_to_string(&stamp).is_ok_and(|built| built == sources) && dist::is_complete(&project::dist()) {
        console::note("app: dist/ is up to date");
        return Ok(());
    }
    let staging = project::wasm_target_folder().join("trunk");
    console::step("app: trunk build (the first time some minutes)", |progress| process::run(&mut trunk(toolchain, &staging), progress))?;
    console::step("app: wasm-opt, content hashes, brotli", |progress| dist::make(&staging, &project::dist(), progress))?;
    // The fingerprint was taken before the build, so sources that changed during it make the next call build again.
    std::fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Builds the example application of the session library, unoptimised, as `trunk serve` does.
pub fn example(toolchain: WasmToolchain, progress: &console::Progress) -> anyhow::Result<()> {
    let mut trunk = project::command("trunk");
    trunk.args(["build", "--skip-version-check", "--config"]).arg(project::root().join("examples/minimal/Trunk.toml"));
    trunk.arg("--dist").arg(project::minimal());
    toolchain.apply(&mut trunk);
    process::run(&mut trunk, progress).map(drop)
}

/// Two builds at the same time would write into each other's folders. The lock is released when the file is closed.
fn lock_builds() -> anyhow::Result<std::fs::File> {
    let folder = project::wasm_target_folder();
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let file = std::fs::File::create(folder.join("build.lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => console::step("app: wait for another build to end", |_| Ok(file.lock()?))?,
        Err(std::fs::TryLockError::Error(error)) => return Err(error).context("cannot lock target/wasm/build.lock"),
    }
    Ok(file)
}

fn trunk(toolchain: WasmToolchain, staging: &Path) -> std::process::Command {
    let mut trunk = project::command("trunk");
    // Trunk's `--release` would add a run of wasm-opt of its own; `program` runs wasm-opt with the features that rustc uses. The
    // optimisation is chosen by Cargo's profile.
    trunk.args(["build", "--skip-version-check", "--cargo-profile", "wasm-release", "--dist"]).arg(staging);
    toolchain.apply_release(&mut trunk);
    trunk
}

/// The versions of everything that has a part in the build.
fn tools(toolchain: WasmToolchain) -> String {
    let mut rustc = project::command("rustc");
    toolchain.apply(&mut rustc);
    ["wasm-bindgen", "wasm-opt", "trunk"]
        .into_iter()
        .map(project::command)
        .chain([rustc])
        .filter_map(|mut tool| process::stdout_of(tool.arg("--version")))
        .chain([format!("library from source: {}", toolchain.has_library_source())])
        .collect()
}
