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
        report.step("clippy, WebAssembly", |progress| {
            check(for_wasm("clippy", environment).args(["--all-targets", "--", "-D", "warnings"]), progress)
        });
    }
    report.step("native tests", |progress| {
        run_tests(with_more_threads(project::natively("test").arg("--no-fail-fast").args(&options.filter)), progress)
    });
    report.step("session library on a server", |progress| {
        run_tests(project::cargo().args(["test", "-p", LIBRARY, "--lib", "--tests", "--no-fail-fast"]).args(&options.filter), progress)
    });
    // The runner of the browser suites skips tests that have no `#[wasm_bindgen_test]`.
    report.step("tests of the app that need no browser", |progress| {
        run_tests(project::cargo().args(["test", "-p", "storefront", "--lib", "--no-fail-fast"]).args(&options.filter), progress)
    });
    if options.filter.is_none() {
        report.step("session library: examples in its documentation", |progress| {
            run_tests(project::cargo().args(["test", "-p", LIBRARY, "--doc"]), progress)
        });
        report.step("clippy, session library that hydrates", |progress| {
            let mut cargo = project::cargo();
            environment.toolchain.apply(&mut cargo);
            cargo.args(["clippy", "--target", "wasm32-unknown-unknown", "-p", LIBRARY, "--lib", "--features", "hydrate,fake,events,trace"]);
            check(cargo.args(["--", "-D", "warnings"]), progress)
        });
    }
    // The suite leaves time for other work while it waits for its database.
    report.side_by_side(
        |report| server_suite_on_postgresql(options, environment, report),
        |report| {
            if options.filter.is_none() {
                packages::run(environment, report);
                documentation(environment, report);
            }
        },
    );
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

fn documentation(environment: &TestEnvironment, report: &mut Report) {
    report.step("documentation", |progress| check(deny_doc_warnings(project::natively("doc").arg("--no-deps")), progress));
    report.step("documentation, WebAssembly", |progress| check(deny_doc_warnings(for_wasm("doc", environment).arg("--no-deps")), progress));
}

/// The session library. It also compiles natively, for servers that prerender pages.
const LIBRARY: &str = "leptos-fusionauth";

fn on_postgresql(database: &Database, options: &TestOptions, progress: &Progress) -> anyhow::Result<TestCount> {
    let mut cargo = project::natively("test");
    cargo.args(["--test", "server_suite", "--no-fail-fast"]).args(&options.filter);
    run_tests(with_more_threads(cargo.env("TEST_DATABASE_URL", database.url())), progress)
}

/// Runs two tests for each processor, unless the environment says how many: tests of servers wait more than they compute.
fn with_more_threads(cargo: &mut Command) -> &mut Command {
    const VARIABLE: &str = "RUST_TEST_THREADS";
    match (std::env::var_os(VARIABLE), std::thread::available_parallelism()) {
        (None, Ok(processors)) => cargo.env(VARIABLE, (2 * processors.get()).to_string()),
        _ => cargo,
    }
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
