//! The programs of tools/wasm-build-tools and tools/wasm-bindgen-tools.

use crate::{console, process, project};
use std::process::Command;

/// The programs that make a release of the app.
const OF_RELEASES: [&str; 3] = ["wasm-splitter", "wasm-edit", "smallest-brotli"];

/// These, wasm-bindgen's runner of tests, and its program for Trunk.
const ALL: [&str; 5] = ["wasm-splitter", "wasm-edit", "smallest-brotli", "wasm-bindgen-test-runner", "wasm-bindgen"];

/// Builds the programs that make a release of the app.
pub fn build() -> anyhow::Result<()> {
    build_programs("tools of the app's build: cargo build (the first time a minute)", &OF_RELEASES)
}

/// Builds all programs, for tests and for Trunk.
pub fn build_all() -> anyhow::Result<()> {
    build_programs("tools of the app's build and tests: cargo build (the first time a minute or two)", &ALL)
}

fn build_programs(step: &str, programs: &[&str]) -> anyhow::Result<()> {
    console::step(step, |progress| process::run(&mut project::build_programs(programs), progress).map(drop))
}

/// The smallest of several brotli encodings. [`build`] must have built the program.
pub fn brotli(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    process::pipe(&mut Command::new(project::program("smallest-brotli")), content)
}
