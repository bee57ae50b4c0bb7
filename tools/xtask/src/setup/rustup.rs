//! Installs what rustup has besides the compiler: rustfmt, clippy, the source of the standard library, and the libraries of other targets.
//! [`wasm_target`](super::wasm_target) installs the WebAssembly target.

use super::apt;
use crate::project::{self, STATIC_TARGET, WasmToolchain};
use crate::{console, process};
use anyhow::Context;
use std::path::Path;

/// Installs rustfmt and clippy, which rustup's minimal profile does not contain.
pub(super) fn ensure_lints(toolchain: WasmToolchain) -> anyhow::Result<()> {
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
            apt::install_missing("clippy for WebAssembly", &["rust-web-clippy"])?;
        }
    }
    Ok(())
}

/// Installs the source of the standard library (rust-src). With the source, a release build compiles the standard library without panic
/// messages, which makes the wasm smaller. If the source cannot be installed, a line of output says that the app is larger.
pub(super) fn ensure_library_source(toolchain: WasmToolchain) {
    if toolchain.has_library_source() {
        return;
    }
    let (by_hand, why) = match toolchain {
        WasmToolchain::Default => {
            let added = console::attempt("rust-src: rustup component add", |progress| {
                let mut rustup = project::command("rustup");
                process::run(rustup.args(["component", "add", "rust-src"]).env("RUST_BACKTRACE", "0"), progress)
            });
            ("rustup component add rust-src", added.err().map(|error| process::reason(&error)))
        }
        WasmToolchain::Debian => {
            let installed = apt::install_missing("standard library's source", &["rust-web-src"]);
            ("sudo apt-get install rust-web-src", installed.err().map(|_| "apt-get cannot be used here".to_owned()))
        }
    };
    if !toolchain.has_library_source() {
        let why = why.unwrap_or_else(|| "it was installed, but the compiler does not have it".to_owned());
        console::warn(&format!(
            "releases of the app keep the messages of panics, a tenth more on the wire: rust-src is missing ({why}); `{by_hand}` installs it"
        ));
    }
}

/// Installs what a static program needs: the standard library for musl, and musl's C compiler from Debian.
pub fn ensure_static_target() -> anyhow::Result<()> {
    ensure_target(STATIC_TARGET)?;
    if process::find("musl-gcc").is_some() { Ok(()) } else { apt::install_missing("static programs", &["musl-tools"]) }
}

/// Installs the standard library for this target.
pub(super) fn ensure_target(target: &str) -> anyhow::Result<()> {
    let library = process::stdout_of(project::command("rustc").args(["--print", "target-libdir", "--target", target]));
    if library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    console::step(&format!("rustup target add {target}"), |progress| {
        process::run(project::command("rustup").args(["target", "add", target]), progress).map(drop)
    })
}
