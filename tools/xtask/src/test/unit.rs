//! Runs the checks and tests that need no browser: format, lints, native tests, documentation.

use super::browser;
use super::options::{Context, Extent, Suite};
use super::report::{Report, check, list_tests, run_exactly, run_tests};
use crate::postgresql::Database;
use crate::{bench, e2e, project, setup};
use std::process::Command;

/// Compiles all native programs, and runs the native tests of the core.
pub(super) fn run(context: &Context, report: &mut Report) {
    if context.options.has(Suite::Unit) && context.filter().is_none() {
        report.step(Suite::Unit, "rustfmt", |progress| check(project::cargo().args(["fmt", "--all", "--check"]), progress));
    }
    report.step(Suite::Unit, "native programs: compile and lint", |progress| {
        // The suites `browser` and `journeys` need no native tests, so a run of one of them compiles less.
        let mut all = match context.options.extent {
            Extent::Suite(Suite::Browser) => return Ok(None),
            Extent::Suite(Suite::Journeys) => project::build_programs(&e2e::PROGRAMS),
            _ => {
                let mut all = project::natively("test");
                all.args(["--no-run", "--lib", "--bins", "--tests", "--examples"]);
                all
            }
        };
        e2e::name_targets(&mut all);
        check(&mut all, progress)
    });
    if !context.options.has(Suite::Unit) {
        return;
    }
    report.step(Suite::Unit, "native tests", |progress| {
        let mut cargo = project::natively("test");
        cargo.arg("--no-fail-fast").args(&context.options.filter);
        run_tests(project::with_more_threads(&mut cargo), progress)
    });
    report.step(Suite::Unit, "session machine: five model runs, twenty seeds", |progress| {
        let program = |name| {
            let mut cargo = project::natively("test");
            cargo.args(["--no-fail-fast", "--test", name]);
            cargo
        };
        let mut runs = list_tests(&mut program("model"), progress)?;
        runs.retain(|run| run.starts_with("checker_tests::") || MODEL_RUNS_OF_CORE.contains(&run.as_str()));
        runs.retain(|run| context.filter().is_none_or(|filter| run.contains(filter)));
        let of_model = run_exactly(&runs, &mut program("model"), progress)?;
        let of_simulation = run_tests(program("simulation").args(&context.options.filter).env("SEEDS", "20"), progress)?;
        Ok(Some(of_model.unwrap_or(0) + of_simulation.unwrap_or(0)))
    });
}

pub(super) fn server_suite_near_sql_on_postgresql(context: &Context, report: &mut Report) {
    server_suite_on_postgresql(context, report, "server suite on PostgreSQL, near SQL", is_near_sql);
}

/// Quick runs of the model checker, one of each kind: renewals, lost answers, sign-outs, other users, cookies. A group runs all of them,
/// and so does every run of the tests after a change of the session machine.
const MODEL_RUNS_OF_CORE: [&str; 5] =
    ["cookies_are_renewed", "two_tabs_lose_answers", "two_tabs_renew", "two_tabs_sign_out_and_in", "two_tabs_switch_users"];

/// The tests in which the two databases may behave differently. The others run on PostgreSQL in a group of the rest.
fn is_near_sql(test: &str) -> bool {
    test.starts_with("sql::")
}

pub(super) fn rest_of_server_suite_on_postgresql(context: &Context, report: &mut Report) {
    server_suite_on_postgresql(context, report, "server suite on PostgreSQL, the rest", |test| !is_near_sql(test));
}

fn server_suite_on_postgresql(context: &Context, report: &mut Report, name: &str, is_chosen: fn(&str) -> bool) {
    let Some(programs) = &context.environment.postgresql else {
        report.not_run(Suite::Unit, name, "PostgreSQL's programs were not found");
        return;
    };
    report.step(Suite::Unit, name, |progress| {
        let suite = || {
            let mut cargo = project::natively("test");
            cargo.args(["--no-fail-fast", "--test", "server_suite"]);
            cargo
        };
        let mut tests = list_tests(&mut suite(), progress)?;
        tests.retain(|test| is_chosen(test) && context.filter().is_none_or(|filter| test.contains(filter)));
        let database = Database::start(programs, progress)?;
        let mut cargo = suite();
        project::with_more_threads(&mut cargo).env("TEST_DATABASE_URL", database.url());
        run_exactly(&tests, &mut cargo, progress)
    });
}

/// Runs the whole model checker, and the simulation with every seed.
pub(super) fn run_whole_session_model(_: &Context, report: &mut Report) {
    report.step(Suite::Unit, "session machine: all model runs, all seeds", |progress| {
        let mut cargo = project::natively("test");
        run_tests(cargo.args(["--no-fail-fast", "--test", "model", "--test", "simulation"]), progress)
    });
}

/// Compiles the benchmarks, and builds the apps that the bench compares ours with. Developers run them by hand, so nothing else would notice
/// that they no longer build.
pub(super) fn compile_benchmarks(_: &Context, report: &mut Report) {
    report.step(Suite::Unit, "benchmarks: compile and lint", |progress| {
        check(project::natively("test").args(["--no-run", "--benches"]), progress)
    });
    report.step(Suite::Unit, "benchmarks: the peers of the bench", |_| bench::peers().map(|_| None));
}

/// Checks that the libraries' public API equals the committed text.
pub(super) fn run_public_api(_: &Context, report: &mut Report) {
    report.step(Suite::Unit, "public API of the libraries", |progress| {
        run_tests(project::natively("test").args(["--test", "public_api"]), progress)
    });
}

/// Runs the native tests of the session library and of the forms. Nothing else needs Leptos natively, and compiling it takes minutes.
pub(super) fn run_session_library_on_a_server(_: &Context, report: &mut Report) {
    report.step(Suite::Unit, "session library on a server", |progress| {
        let mut cargo = project::cargo();
        cargo.args(["test", "-p", "fusionauth-session-web", "-p", "leptos-fusionauth", "-p", "leptos-fusionauth-forms"]);
        run_tests(cargo.args(["--lib", "--tests", "--no-fail-fast"]), progress)
    });
}

/// Tests the examples in the documentation of the session library and of the forms, and builds all documentation.
pub(super) fn run_documentation(context: &Context, report: &mut Report) {
    report.step(Suite::Unit, "session library, forms and guide: examples in their documentation", |progress| {
        let mut cargo = project::cargo();
        cargo.args(["test", "--doc", "-p", "fusionauth-session-web", "-p", "leptos-fusionauth", "-p", "leptos-fusionauth-forms"]);
        let features = ["events", "fake", "roles", "trace"].map(|it| format!("leptos-fusionauth/{it}"));
        run_tests(cargo.args(["--features", &features.join(",")]), progress)
    });
    report.step(Suite::Unit, "documentation", |progress| check(deny_doc_warnings(project::natively("doc").arg("--no-deps")), progress));
    report.step(Suite::Unit, "documentation, WebAssembly", |progress| {
        let mut cargo = browser::cargo_for_browsers("doc", context);
        check(deny_doc_warnings(cargo.arg("--no-deps")), progress)
    });
    let name = "guide: mdbook build";
    let Some(ready) = report.set_up(Suite::Unit, name, || setup::MDBOOK.ensure()) else { return };
    report.step(Suite::Unit, name, |progress| {
        ready?;
        check(project::command("mdbook").arg("build").arg(project::root().join("docs/guide")), progress)
    });
}

fn deny_doc_warnings(command: &mut Command) -> &mut Command {
    command.env("RUSTDOCFLAGS", "-D warnings")
}
