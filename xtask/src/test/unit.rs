//! The part of the tests that needs no browser: format, lints, native tests, documentation.

use super::report::{Report, TestCount, check, run_tests};
use super::{TestOptions, packages};
use crate::console::Progress;
use crate::postgresql::Database;
use crate::project::{BROWSER_PACKAGES, EXAMPLE_PACKAGES};
use crate::setup::TestEnvironment;
use crate::{e2e, project};
use std::process::Command;

pub(super) fn run(options: &TestOptions, environment: &TestEnvironment, report: &mut Report) {
    if options.filter.is_none() {
        report.step("rustfmt", |progress| check(project::cargo().args(["fmt", "--all", "--check"]), progress));
        report.step("clippy", |progress| {
            check(project::natively("clippy").args(["--all-targets", "--", "-D", "warnings"]), progress)?;
            // `--all-targets` leaves out what `cargo test` does not run by itself.
            check(e2e::natively("clippy").args(["--", "-D", "warnings"]), progress)
        });
    }
    report.step("native tests", |progress| {
        run_tests(project::with_more_threads(project::natively("test").arg("--no-fail-fast").args(&options.filter)), progress)
    });
    // The suite leaves time for other work while it waits for its database.
    report.side_by_side(
        |report| server_suite_on_postgresql(options, environment, report),
        |report| {
            // The runner of the browser suites skips tests that have no `#[wasm_bindgen_test]`.
            report.step("session library on a server, and tests of the app that need no browser", |progress| {
                run_tests(natively_of_browsers(&["--lib", "--tests", "--no-fail-fast"]).args(&options.filter), progress)
            });
            if options.filter.is_none() {
                report.step("session library: examples in its documentation", |progress| {
                    run_tests(&mut natively_of_browsers(&["--doc"]), progress)
                });
                report.step("documentation", |progress| check(deny_doc_warnings(project::natively("doc").arg("--no-deps")), progress));
            }
        },
    );
}

/// Checks what is built for browsers, without one.
pub(super) fn check_for_browsers(environment: &TestEnvironment, report: &mut Report) {
    report.step("clippy, WebAssembly", |progress| {
        check(for_wasm("clippy", environment).args(["--all-targets", "--", "-D", "warnings"]), progress)
    });
    report.step("clippy, session library that hydrates", |progress| {
        let mut cargo = project::cargo();
        environment.toolchain.apply(&mut cargo);
        cargo.args(["clippy", "--target", "wasm32-unknown-unknown", "-p", LIBRARY, "--lib", "--features", "hydrate,fake,events,trace"]);
        check(cargo.args(["--", "-D", "warnings"]), progress)
    });
    packages::run(environment, report);
    report.step("documentation, WebAssembly", |progress| check(deny_doc_warnings(for_wasm("doc", environment).arg("--no-deps")), progress));
}

fn server_suite_on_postgresql(options: &TestOptions, environment: &TestEnvironment, report: &mut Report) {
    let name = "server suite on PostgreSQL";
    match &environment.postgresql {
        Some(programs) => {
            report.step(name, |progress| on_postgresql(&Database::start(programs, progress)?, options, progress));
        }
        None => report.not_run(name, "PostgreSQL's programs were not found"),
    }
}

/// The session library. It also compiles natively, for servers that prerender pages.
const LIBRARY: &str = "leptos-fusionauth";

/// `cargo test` for the packages of browsers on this machine. They are named together, so that Leptos is compiled once for both.
fn natively_of_browsers(arguments: &[&str]) -> Command {
    let mut cargo = project::cargo();
    cargo.arg("test").args(BROWSER_PACKAGES.iter().flat_map(|package| ["-p", package])).args(arguments);
    cargo
}

fn on_postgresql(database: &Database, options: &TestOptions, progress: &Progress) -> anyhow::Result<TestCount> {
    let mut cargo = project::natively("test");
    cargo.args(["--test", "server_suite", "--no-fail-fast"]).args(&options.filter);
    run_tests(project::with_more_threads(cargo.env("TEST_DATABASE_URL", database.url())), progress)
}

fn for_wasm(command: &str, environment: &TestEnvironment) -> Command {
    let mut cargo = project::cargo();
    environment.toolchain.apply(&mut cargo);
    cargo.args([command, "--target", "wasm32-unknown-unknown"]);
    for package in BROWSER_PACKAGES.iter().chain(&EXAMPLE_PACKAGES) {
        cargo.args(["-p", package]);
    }
    cargo.args(["--features", "leptos-fusionauth/fake,leptos-fusionauth/events,leptos-fusionauth/trace"]);
    cargo
}

fn deny_doc_warnings(command: &mut Command) -> &mut Command {
    command.env("RUSTDOCFLAGS", "-D warnings")
}
