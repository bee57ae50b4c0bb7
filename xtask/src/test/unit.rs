//! What needs no browser: format, lints, native tests, documentation.

use super::postgresql::Database;
use super::report::{Report, Tests, check, tests};
use super::{BROWSER_PACKAGES, Choice, EXAMPLES};
use crate::console::Progress;
use crate::project;
use crate::setup::TestRig;
use std::process::Command;

pub(super) fn run(choice: &Choice, rig: &TestRig, report: &mut Report) {
    if choice.filter.is_none() {
        report.step("rustfmt", |progress| check(project::cargo().args(["fmt", "--all", "--check"]), progress));
        report.step("clippy", |progress| check(native("clippy").args(["--all-targets", "--", "-D", "warnings"]), progress));
        report.step("clippy, WebAssembly", |progress| {
            check(in_browser("clippy", rig).args(["--all-targets", "--", "-D", "warnings"]), progress)
        });
    }
    report.step("native tests", |progress| {
        // Journeys need the release build and a browser; they are a part of their own.
        tests(native("test").args(["--exclude", "e2e", "--no-fail-fast"]).args(&choice.filter), progress)
    });
    report.step("session library on a server", |progress| {
        tests(project::cargo().args(["test", "-p", LIBRARY, "--lib", "--tests", "--no-fail-fast"]).args(&choice.filter), progress)
    });
    if choice.filter.is_none() {
        report.step("session library: examples in its documentation", |progress| {
            tests(project::cargo().args(["test", "-p", LIBRARY, "--doc"]), progress)
        });
        report.step("clippy, session library that hydrates", |progress| {
            let mut cargo = project::cargo();
            rig.toolchain.apply(&mut cargo);
            cargo.args(["clippy", "--target", "wasm32-unknown-unknown", "-p", LIBRARY, "--lib", "--features", "hydrate,fake,events,trace"]);
            check(cargo.args(["--", "-D", "warnings"]), progress)
        });
    }
    let name = "server suite on PostgreSQL";
    match &rig.postgresql {
        Some(programs) => {
            report.step(name, |progress| on_postgresql(&Database::start(programs, progress)?, choice, progress));
        }
        None => report.not_run(name, "PostgreSQL's programs were not found"),
    }
    if choice.filter.is_none() {
        report.step("documentation", |progress| check(strict(native("doc").arg("--no-deps")), progress));
        report.step("documentation, WebAssembly", |progress| check(strict(in_browser("doc", rig).arg("--no-deps")), progress));
    }
}

/// It exists on a server as well, where a page is prerendered.
const LIBRARY: &str = "leptos-fusionauth";

fn on_postgresql(database: &Database, choice: &Choice, progress: &Progress) -> anyhow::Result<Tests> {
    let mut cargo = project::cargo();
    cargo.args(["test", "-p", "storefront-server", "--no-fail-fast"]).args(&choice.filter);
    tests(cargo.env("TEST_DATABASE_URL", database.url()), progress)
}

fn native(command: &str) -> Command {
    let mut cargo = project::cargo();
    cargo.args([command, "--workspace"]);
    for package in BROWSER_PACKAGES.iter().chain(&EXAMPLES) {
        cargo.args(["--exclude", package]);
    }
    cargo
}

fn in_browser(command: &str, rig: &TestRig) -> Command {
    let mut cargo = project::cargo();
    rig.toolchain.apply(&mut cargo);
    cargo.args([command, "--target", "wasm32-unknown-unknown"]);
    for package in BROWSER_PACKAGES.iter().chain(&EXAMPLES) {
        cargo.args(["-p", package]);
    }
    cargo.args(["--features", "leptos-fusionauth/fake,leptos-fusionauth/events,leptos-fusionauth/trace"]);
    cargo
}

fn strict(command: &mut Command) -> &mut Command {
    command.env("RUSTDOCFLAGS", "-D warnings")
}
