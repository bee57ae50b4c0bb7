//! Installs what a static program needs: the standard library for musl from rustup, and musl's C compiler from Debian.

use super::apt;
use crate::console;
use crate::process;
use crate::project::{self, STATIC_TARGET};
use std::path::Path;

pub(super) fn ensure() -> anyhow::Result<()> {
    ensure_library(STATIC_TARGET)?;
    if process::find("musl-gcc").is_none() {
        apt::install_missing("static programs", &["musl-tools"])?;
    }
    Ok(())
}

/// Installs the standard library for this target from rustup.
pub(super) fn ensure_library(target: &str) -> anyhow::Result<()> {
    let library = process::stdout_of(project::command("rustc").args(["--print", "target-libdir", "--target", target]));
    if !library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        console::step(&format!("rustup target add {target}"), |progress| {
            process::run(project::command("rustup").args(["target", "add", target]), progress)
        })?;
    }
    Ok(())
}
