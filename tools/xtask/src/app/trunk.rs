//! `cargo xtask trunk …`: runs Trunk with the tools of `setup` on PATH and the toolchain that has the WebAssembly target.

use crate::{project, setup, wasm_tools};
use anyhow::Context;
use pico_args::Arguments;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;

pub fn command(arguments: Arguments) -> anyhow::Result<()> {
    let rest = arguments.finish();
    let toolchain = setup::for_build()?;
    wasm_tools::build_all()?;
    setup::TRUNK.ensure()?;
    let mut trunk = project::command("trunk");
    toolchain.apply(&mut trunk);
    trunk.args(if rest.is_empty() { vec![OsString::from("--help")] } else { rest });
    // TRUNK_OFFLINE would also skip this check, but would keep cargo from fetching new dependencies.
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk replaces this process, so that it gets the terminal and its signals, and its exit status is that of the command.
    Err(trunk.exec()).context("cannot start trunk")
}
