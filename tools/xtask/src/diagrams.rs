//! `cargo xtask diagrams`: runs the workflows and writes their sequence diagrams into docs/workflows.
//!
//! The diagrams show recorded messages, so they show only what the programs do.

use crate::{arguments, console, e2e, process, project};
use pico_args::Arguments;

pub const HELP: &str = "\
usage: cargo xtask diagrams [FILTER]

Runs every phase of the workflows with real processes and a real Chromium, attacks included, and writes what crossed the wire
into the diagrams of docs/workflows/*.md. What is written there by hand stays. `cargo xtask test --only journeys` compares.

  FILTER   only workflows with this in their name, such as webapp_jwt";

pub fn command(arguments: Arguments) -> anyhow::Result<()> {
    let filter = arguments::words(arguments, 1, HELP)?.pop();
    let (chromium, _) = e2e::prepare()?;
    let run = || {
        let mut cargo = e2e::test_command("diagrams", &chromium, &[]);
        cargo.env("DIAGRAMS", "write");
        cargo
    };
    // Browsers bind sign-ins to devices over https only.
    let bound = format!("device_binding::{}", filter.as_deref().unwrap_or_default());
    console::step("diagrams: run the workflows", |progress| {
        process::run(run().args(filter).args(["--", "--skip", "device_binding::"]), progress)
    })?;
    console::step("diagrams: run the workflows with device-bound sign-ins, over https", |progress| {
        process::run(run().arg(bound).env("E2E_SCHEME", "https"), progress)
    })?;
    let changed = process::stdout_of(project::command("git").args(["status", "--short", "docs/workflows"])).unwrap_or_default();
    console::note(if changed.is_empty() {
        "docs/workflows is as it was"
    } else {
        "docs/workflows has changed: look at `git diff docs/workflows`"
    });
    Ok(())
}
