//! `cargo xtask trunk …`: Trunk with the tools of `setup` on PATH and the toolchain that knows WebAssembly.

use crate::{project, setup};
use anyhow::Context;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    let rest: Vec<OsString> = arguments.raw_args()?.collect();
    let toolchain = setup::for_build()?;
    let mut trunk = project::command("trunk");
    toolchain.apply(&mut trunk);
    trunk.args(if rest.is_empty() { vec![OsString::from("--help")] } else { rest });
    // Not TRUNK_OFFLINE, which cargo would get too and then not fetch a dependency that is new.
    trunk.env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk takes this process's place: it gets the terminal, its signals and its exit status.
    Err(trunk.exec()).context("cannot start trunk")
}
