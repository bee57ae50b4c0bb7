//! Installs Debian's packages, as root or by a sudo that asks for no password. It never waits for a password, because the commands also run
//! where nobody can type one.

use crate::{console, process, project};
use anyhow::{Context, bail};
use std::process::Command;

/// A command that runs as root, or an error if this user cannot run it.
pub(super) fn as_root(program: &str) -> anyhow::Result<Command> {
    if is_root() {
        return Ok(project::command(program));
    }
    if process::stdout_of(Command::new("sudo").args(["-n", "true"])).is_some() {
        let mut command = project::command("sudo");
        command.args(["-n", program]);
        return Ok(command);
    }
    bail!("`{program}` needs root, and sudo asks for a password here")
}

pub(super) fn is_root() -> bool {
    process::stdout_of(Command::new("id").arg("-u")).as_deref() == Some("0")
}

/// Whether this machine has apt-get and this user may run it.
pub(super) fn is_usable() -> bool {
    process::find("apt-get").is_some() && as_root("apt-get").is_ok()
}

/// Installs packages. If this user may not, the error names the one command to run by hand.
pub(super) fn install_missing(what: &str, packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if process::find("apt-get").is_none() {
        bail!("{what}: {list} (as Debian names the packages) must be installed, and there is no apt-get here to do it");
    }
    if as_root("apt-get").is_err() {
        bail!(
            "{what}: something must be installed that needs root, and sudo asks for a password here; run\n\n  sudo apt-get install {list}\n\nand try again"
        );
    }
    console::warn(&format!("{what}: apt-get is about to install {list}"));
    console::step(&format!("{what}: apt-get install {list}"), |progress| {
        let run = |arguments: &[&str]| {
            process::run(as_root("apt-get")?.env("DEBIAN_FRONTEND", "noninteractive").args(arguments), progress).map(drop)
        };
        let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
        // A new container has no package lists, and an old one has outdated ones.
        run(&install).or_else(|_| run(&["update"]).and_then(|()| run(&install)))
    })
    .with_context(|| format!("install these by hand and try again: {list}"))
}
