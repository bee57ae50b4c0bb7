//! Installs the standard library for wasm32-unknown-unknown: from rustup, or built from Debian's source where rustup cannot download.

use super::apt;
use crate::console::{self, Progress};
use crate::process;
use crate::project::{self, WASM_TARGET, WasmToolchain};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Compiler and library source must have the same version, so both come from Debian.
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];
const RUSTLIB: &str = "/usr/lib/rustlib";

pub(super) fn ensure() -> anyhow::Result<WasmToolchain> {
    if let Some(toolchain) = WasmToolchain::find() {
        return Ok(toolchain);
    }
    let by_rustup = console::attempt(&format!("WebAssembly target: rustup target add {WASM_TARGET}"), |progress| {
        process::run(project::command("rustup").args(["target", "add", WASM_TARGET]).env("RUST_BACKTRACE", "0"), progress)
    });
    if let (Ok(_), Some(toolchain)) = (&by_rustup, WasmToolchain::find()) {
        return Ok(toolchain);
    }
    let why =
        by_rustup.err().map_or_else(|| "rustup reported success, but the target is not there".to_owned(), |error| process::reason(&error));
    let by_hand = format!("the usual way is `rustup target add {WASM_TARGET}`, which failed here: {why}");
    if !apt::is_usable() || process::find("rustup").is_none() {
        bail!(
            "the Rust standard library for WebAssembly is missing; {by_hand}\n\
            Either make that command work (network, proxy), or run this once as root on Debian: it then builds the library from Debian's source"
        );
    }
    console::warn(&format!("rustup cannot download here ({why}); Debian's compiler and source serve instead"));
    apt::install_missing("WebAssembly compiler", &PACKAGES)?;
    console::step("WebAssembly standard library, built from Debian's source (about 40 s)", build_library).context(by_hand)?;
    console::step("rustup toolchain link debian /usr", |progress| {
        process::run(project::command("rustup").args(["toolchain", "link", "debian", "/usr"]), progress)
    })?;
    WasmToolchain::find()
        .context("the library was built, but `rustc +debian` does not find it; `rustup toolchain list` should name `debian`")
}

fn build_library(progress: &Progress) -> anyhow::Result<()> {
    let source = Path::new(RUSTLIB).join("src/rust/library");
    // Outside of the workspace, because its .cargo/config.toml is not meant for the standard library.
    let work = tempfile::tempdir()?;
    process::run(project::command("cp").arg("-a").arg(&source).arg(work.path().join("library")), progress)?;
    let mut cargo = project::command("/usr/bin/cargo");
    cargo.current_dir(work.path().join("library/sysroot"));
    cargo.args(["build", "--release", "--target", WASM_TARGET, "--features", "panic-unwind"]);
    cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", work.path().join("target"));
    // The release profile's LTO needs bitcode, and the app is optimised for size.
    cargo.env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes -Copt-level=s");
    for inherited in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(inherited);
    }
    process::run(&mut cargo, progress)?;

    let library = Path::new(RUSTLIB).join(WASM_TARGET).join("lib");
    process::run(apt::as_root("mkdir")?.arg("-p").arg(&library), progress)?;
    let built = rlibs(&work.path().join("target").join(WASM_TARGET).join("release/deps"))?;
    process::run(apt::as_root("cp")?.args(built).arg(&library), progress)?;

    let host = process::stdout_of(project::command("/usr/bin/rustc").arg("-vV")).context("/usr/bin/rustc does not run")?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    let linkers = Path::new(RUSTLIB).join(host).join("bin");
    process::run(apt::as_root("mkdir")?.arg("-p").arg(&linkers), progress)?;
    process::run(apt::as_root("ln")?.args(["-sfn", "/usr/bin/wasm-ld-22"]).arg(linkers.join("rust-lld")), progress)?;
    Ok(())
}

fn rlibs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = fs_err::read_dir(folder).with_context(|| format!("the library's build left nothing in {}", folder.display()))?;
    Ok(files.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "rlib")).collect())
}
