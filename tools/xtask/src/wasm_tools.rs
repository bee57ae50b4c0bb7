//! The programs of tools/wasm-build-tools and tools/wasm-bindgen-tools.

use crate::{console, process, project};
use anyhow::{Context, ensure};
use std::io::Write;
use std::process::{Command, Stdio};

/// The programs that make a release of the app.
const OF_RELEASES: [&str; 2] = ["wasm-splitter", "smallest-brotli"];

/// These, wasm-bindgen's runner of tests, and its program for Trunk.
const ALL: [&str; 4] = ["wasm-splitter", "smallest-brotli", "wasm-bindgen-test-runner", "wasm-bindgen"];

/// Builds the programs that make a release of the app.
pub fn build() -> anyhow::Result<()> {
    build_programs("wasm-splitter and smallest-brotli: cargo build (the first time a minute)", &OF_RELEASES)
}

/// Builds all programs, for tests and for Trunk.
pub fn build_all() -> anyhow::Result<()> {
    build_programs("wasm-bindgen and wasm-splitter: cargo build (the first time a minute or two)", &ALL)
}

fn build_programs(step: &str, programs: &[&str]) -> anyhow::Result<()> {
    console::step(step, |progress| process::run(&mut project::build_programs(programs), progress).map(drop))
}

/// The smallest of several brotli encodings. [`build`] must have built the program.
pub fn brotli(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    let program = project::program("smallest-brotli");
    let encoder = Command::new(&program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut encoder = encoder.with_context(|| format!("cannot start {}", program.display()))?;
    // The program reads everything before it writes, so neither waits for the other.
    encoder.stdin.take().context("the encoder has no standard input")?.write_all(content)?;
    let output = encoder.wait_with_output()?;
    ensure!(output.status.success(), "smallest-brotli failed: {}", output.status);
    Ok(output.stdout)
}
