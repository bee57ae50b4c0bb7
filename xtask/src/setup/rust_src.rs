//! The source of the standard library, from which a release of the app builds it without panic messages.

use super::apt;
use super::wasm_target::reason;
use crate::console;
use crate::process;
use crate::project::{self, WasmToolchain};

/// A release can be made without it, so that a machine that cannot have it only gets a heavier one.
pub(super) fn ensure(toolchain: WasmToolchain) {
    if toolchain.has_library_source() {
        return;
    }
    let installed = match toolchain {
        WasmToolchain::Default => console::attempt("rust-src: rustup component add", |progress| {
            let mut rustup = project::command("rustup");
            process::run(rustup.args(["component", "add", "rust-src"]).env("RUST_BACKTRACE", "0"), progress).map(drop)
        }),
        WasmToolchain::Debian => apt::install_missing("standard library's source", &["rust-web-src"]),
    };
    if !toolchain.has_library_source() {
        let why = installed.err().map_or_else(|| "it was installed, but the compiler does not have it".to_owned(), |error| reason(&error));
        console::warn(&format!("releases of the app keep panic messages, a tenth more on the wire: rust-src is missing ({why})"));
    }
}
