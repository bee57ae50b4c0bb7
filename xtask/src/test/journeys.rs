//! The release build, its size, and journeys through it in a real Chromium.

use super::Choice;
use super::report::{Report, check, tests};
use crate::setup::{Engine, TestRig};
use crate::{build, e2e, project, size};

pub(super) fn run(choice: &Choice, rig: &TestRig, report: &mut Report) {
    let is_built = report.step("release build", |_| build::release(rig.toolchain, build::When::Changed).map(|()| None));
    if is_built && choice.filter.is_none() {
        report.step("size", |_| {
            let report = size::Report::of(&project::dist())?;
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
        check(project::cargo().args(["build", "-p", "fusionauth-emulator", "-p", "storefront-server"]), progress)?;
        check(project::cargo().args(["test", "-p", "e2e", "--no-run"]), progress)
    });
    if !has_servers {
        return report.not_run(name, "they, the example or the servers do not compile");
    }
    report.step(name, |progress| tests(e2e::test(chromium).args(&choice.filter), progress));
}
