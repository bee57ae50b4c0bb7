//! The checks that need downloads or an earlier release, so that only `--all` runs them: known vulnerabilities of the dependencies, and
//! breaking changes of the libraries since the last release.

use super::options::Suite;
use super::report::{Report, check};
use crate::{console, process, project, setup};

pub(super) fn run(report: &mut Report) {
    check_for_vulnerabilities(report);
    check_for_breaking_changes(report);
}

fn check_for_vulnerabilities(report: &mut Report) {
    const NAME: &str = "known vulnerabilities of the dependencies: cargo deny";
    let download = || {
        setup::CARGO_DENY.ensure()?;
        console::step("RustSec's list of vulnerabilities", |progress| {
            process::run(project::command("cargo-deny").args(["--color", "never", "fetch", "db"]), progress)
        })
    };
    let Some(ready) = report.set_up(Suite::Unit, NAME, download) else { return };
    report.step(Suite::Unit, NAME, |progress| {
        ready?;
        check(project::command("cargo-deny").args(["--color", "never", "--locked", "check", "advisories"]), progress)
    });
}

/// Does nothing before the first release.
fn check_for_breaking_changes(report: &mut Report) {
    const NAME: &str = "breaking changes since the last release: cargo semver-checks";
    let Ok(tags) = project::release_tags() else { return report.not_run(Suite::Unit, NAME, "git does not list its tags") };
    let Some(last) = tags.lines().next() else { return };
    let Some(ready) = report.set_up(Suite::Unit, NAME, || setup::CARGO_SEMVER_CHECKS.ensure()) else { return };
    report.step(Suite::Unit, NAME, |progress| {
        ready?;
        let mut cargo = project::command("cargo-semver-checks");
        cargo.args(["semver-checks", "--baseline-rev", last]);
        project::PUBLIC_PACKAGES.iter().for_each(|package| _ = cargo.args(["-p", package]));
        check(&mut cargo, progress)
    });
}
