//! The programs of crates/wasm-build-tools: wasm-bindgen, its runner of tests, wasm-splitter and smallest-brotli.

use crate::{console, process, project};
use anyhow::{Context, ensure};
use std::io::Write;
use std::process::{Command, Stdio};

const PROGRAMS: [&str; 4] = ["wasm-bindgen", "wasm-bindgen-test-runner", "wasm-splitter", "smallest-brotli"];

/// Builds the programs.
pub fn build() -> anyhow::Result<()> {
    console::step("wasm-bindgen and wasm-splitter: cargo build (the first time a minute or two)", |progress| {
        process::run(&mut project::build_programs(&PROGRAMS), progress).map(drop)
    })
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
