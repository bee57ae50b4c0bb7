//! Installs rustfmt and clippy, which rustup's minimal profile does not contain.

use crate::console;
use crate::process;
use crate::project::{self, WasmToolchain};
use anyhow::Context;

pub(super) fn ensure(toolchain: WasmToolchain) -> anyhow::Result<()> {
    for (component, command) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if process::stdout_of(project::cargo().args([command, "--version"])).is_none() {
            console::step(&format!("{component}: rustup component add"), |progress| {
                process::run(project::command("rustup").args(["component", "add", component]), progress)
            })
            .with_context(|| format!("`cargo {command}` is missing; `rustup component add {component}` brings it"))?;
        }
    }
    if toolchain == WasmToolchain::Debian {
        let mut clippy = project::cargo();
        toolchain.apply(&mut clippy);
        if process::stdout_of(clippy.args(["clippy", "--version"])).is_none() {
            super::apt::install_missing("clippy for WebAssembly", &["rust-web-clippy"])?;
        }
    }
    Ok(())
}
