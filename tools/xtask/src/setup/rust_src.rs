//! Installs the source of Rust's standard library (rust-src). With the source, a release build compiles the standard
//! library without panic messages, which makes the wasm smaller.
//!
//! If the source cannot be installed, the release uses the installed library. The app is then larger, and a line of output says so.

use super::apt;
use crate::console;
use crate::process;
use crate::project::{self, WasmToolchain};

pub(super) fn ensure(toolchain: WasmToolchain) {
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
