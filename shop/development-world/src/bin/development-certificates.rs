//! `development-certificates FOLDER` writes certificates for the sites of development over https, unless the folder has them, and prints
//! the hash of the authority's key. `cargo xtask serve --https` and the journeys over https start it.

use anyhow::Context;
use std::io::Write;

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).context("usage: development-certificates FOLDER")?;
    let key_hash = development_world::make_certificates(folder.as_ref())?;
    Ok(writeln!(std::io::stdout(), "{key_hash}")?)
}
