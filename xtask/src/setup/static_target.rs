//! Installs what a static program needs: the standard library for musl from rustup, and musl's C compiler from Debian.

use super::apt;
use crate::console;
use crate::process;
use crate::project::{self, STATIC_TARGET};
use std::path::Path;

pub(super) fn ensure() -> anyhow::Result<()> {
    let library = process::stdout_of(project::command("rustc").args(["--print", "target-libdir", "--target", STATIC_TARGET]));
    if !library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        console::step(&format!("static programs: rustup target add {STATIC_TARGET}"), |progress| {
            process::run(project::command("rustup").args(["target", "add", STATIC_TARGET]), progress)
        })?;
    }
    if process::find("musl-gcc").is_none() {
        apt::install_missing("static programs", &["musl-tools"])?;
    }
    Ok(())
}
