//! `cargo xtask dist session`: builds the session for JavaScript (`session/fusionauth-session-js`), and packs it for npm with the files of
//! `session/npm`. The tests do the same.

use crate::console::{self, Progress};
use crate::emulator_packages::{npm_pack, stage};
use crate::minify;
use crate::program::Program;
use crate::project::{self, StandardLibrary, WasmToolchain};
use crate::{build, files, setup, wasm_tools};
use anyhow::ensure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const CRATE: &str = "fusionauth-session-js";

/// The maximum brotli bytes of the wasm and its script, in a build with [`StandardLibrary::FromSource`].
const BUDGET: u64 = 32_000;

/// Builds and packs, and prints the package's path.
pub fn command() -> anyhow::Result<()> {
    setup::ensure_npm("the session's npm package")?;
    let toolchain = setup::for_build()?;
    wasm_tools::build()?;
    let package = console::step("session for JavaScript: cargo build, wasm-bindgen, wasm-opt, npm pack", |progress| {
        make(toolchain, &project::target().join("session-dist"), progress)
    })?;
    println!("{}\n{} bytes of JavaScript and WebAssembly, as brotli", package.file.display(), package.brotli);
    Ok(())
}

/// The package, as a file that npm installs.
pub struct Package {
    pub file: PathBuf,
    /// The brotli bytes that a page loads.
    pub brotli: u64,
}

/// Builds and packs. [`wasm_tools`] must have built its programs.
///
/// # Errors
///
/// Also if the package is larger than its budget, or if its README states another size.
pub fn make(toolchain: WasmToolchain, folder: &Path, progress: &Progress) -> anyhow::Result<Package> {
    let (library, program) = build(toolchain, progress)?;
    files::empty(folder)?;
    let staged = stage("session/npm", "package.json", folder, progress)?;
    let index = staged.join("index.js");
    fs_err::write(staged.join("program.js"), program.glue())?;
    let script = minify::module(&minify::bundle(&index, progress)?, &BTreeMap::new())?;
    let mut brotli = 0;
    for (file, content) in [("index.js", script.as_bytes()), ("program.wasm", program.wasm())] {
        fs_err::write(staged.join(file), content)?;
        brotli += wasm_tools::brotli(content)?.len() as u64;
    }
    let budget = library.budget(BUDGET);
    ensure!(brotli <= budget, "the session for JavaScript is {} bytes over its budget of {budget}", brotli.saturating_sub(budget));
    let stated = format!("{} KB of JavaScript and WebAssembly", brotli.div_ceil(1_000));
    let readme = fs_err::read_to_string(staged.join("README.md"))?;
    ensure!(library == StandardLibrary::Installed || readme.contains(&stated), "session/npm/README.md does not state `{stated}`");
    Ok(Package { file: npm_pack(&staged, folder, progress)?, brotli })
}

fn build(toolchain: WasmToolchain, progress: &Progress) -> anyhow::Result<(StandardLibrary, Program)> {
    let _lock = build::lock_builds()?;
    let library = build::standard_library(toolchain);
    let mut cargo = project::command("cargo");
    cargo.args(["build", "-p", CRATE]);
    let program = Program::build(&mut cargo, (toolchain, library), &CRATE.replace('-', "_"), "session-package", progress)?;
    Ok((library, program))
}
