//! The release build, its size, and journeys through it in a real Chromium.

use super::Choice;
use super::postgresql::Database;
use super::report::{Report, Tests, check, tests};
use crate::console::Progress;
use crate::setup::{Browser, Engine, TestRig};
use crate::{build, e2e, project, size};

pub(super) fn run(choice: &Choice, rig: &TestRig, report: &mut Report) {
    let is_built = report.step("release build", |_| build::release(rig.toolchain, build::When::Changed).map(|()| None));
    if is_built && choice.filter.is_none() {
        report.step("size", |_| {
            let report = size::Report::of(&project::dist())?;
            println!("\n{}", report.table);
            report.verdict.map(|()| None)
        });
        report.step("size of the session", |_| {
            let report = size::session::report(rig.toolchain)?;
            println!("\n{}", report.table);
            report.verdict.map(|()| None)
        });
    }
    let name = "journeys in Chromium";
    let Some(chromium) = rig.browsers.found().iter().find(|browser| browser.engine == Engine::Chromium) else {
        return report.not_run(name, Engine::Chromium.how_to_get());
    };
    if !is_built {
        return report.not_run(name, "the release build failed");
    }
    let has_servers = report.step("journeys: build", |progress| {
        build::example(rig.toolchain, progress)?;
        check(project::cargo().args(["build", "-p", "fusionauth-emulator", "-p", "development-world"]), progress)?;
        check(project::cargo().args(["test", "-p", "e2e", "--no-run"]), progress)
    });
    if !has_servers {
        return report.not_run(name, "they, the example or the servers do not compile");
    }
    report.step(name, |progress| tests(e2e::test(chromium).args(&choice.filter), progress));
    let name = "journeys on two servers with PostgreSQL";
    match &rig.postgresql {
        Some(programs) => {
            report.step(name, |progress| on_a_cluster(&Database::start(programs, progress)?, chromium, choice, progress));
        }
        None => report.not_run(name, "PostgreSQL's programs were not found"),
    }
}

/// Journeys about the browser, about the app alone, or about how the servers fail: a second server is no other case.
const OF_ONE_SERVER: [&str; 11] = [
    "accounts::",
    "boot::",
    "faults::",
    "gallery::",
    "minimal::",
    "navigation::",
    "requests::",
    "secrets::",
    "shared_session::",
    "steps::",
    "tabs::",
];

fn on_a_cluster(database: &Database, chromium: &Browser, choice: &Choice, progress: &Progress) -> anyhow::Result<Tests> {
    let mut cargo = e2e::test(chromium);
    cargo.args(["--test", "journeys"]).args(&choice.filter).arg("--");
    for name in OF_ONE_SERVER {
        cargo.args(["--skip", name]);
    }
    tests(cargo.env("E2E_TOPOLOGY", "cluster").env("TEST_DATABASE_URL", database.url()), progress)
}
