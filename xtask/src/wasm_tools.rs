//! The programs of crates/wasm-build-tools: wasm-bindgen, its runner of tests, and wasm-splitter.

use crate::{console, process, project};

/// Builds the programs.
pub fn build() -> anyhow::Result<()> {
    console::step("wasm-bindgen and wasm-splitter: cargo build (the first time a minute or two)", |progress| {
        process::run(&mut project::build_programs(&["wasm-bindgen", "wasm-bindgen-test-runner", "wasm-splitter"]), progress).map(drop)
    })
}
