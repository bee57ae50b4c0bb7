//! Builds and packs the session for JavaScript, and runs the pages of `examples/` with it and with the emulator's package: their types, and in
//! Chromium what they do in one tab and in twenty.

use super::emulator_packages::{command, empty, npm_install, write_examples};
use super::options::{Context, Suite};
use super::report::{Report, TestCount, check};
use crate::console::Progress;
use crate::emulator_packages::pack_for_npm;
use crate::setup::{self, Browser};
use crate::{process, project, session_package};
use std::path::{Path, PathBuf};

pub(super) fn run(context: &Context, report: &mut Report) {
    const NAME: &str = "session's npm package: build, pack, size";
    if report.is_out_of_time() {
        report.not_run(Suite::Unit, NAME, process::OutOfTime.to_string());
        return;
    }
    let tools = match setup::for_tests_of_npm_package() {
        Err(error) if !project::is_ci() => {
            report.not_run(Suite::Unit, NAME, process::reason(&error));
            return;
        }
        tools => tools,
    };
    let mut tests = None;
    report.step(Suite::Unit, NAME, |progress| {
        let package = session_package::make(context.environment.toolchain, &folder().join("session"), progress)?;
        tests = Some(prepared(&tools?, &package.file, progress)?);
        Ok(None)
    });
    let Some(tests) = tests else { return };
    report.step(Suite::Unit, "session's npm package: types of its README and of the examples", |progress| {
        check(tool("tsc", &tests).args(["--project", "examples"]), progress)
    });
    let name = "session's npm package: examples in Chromium, twenty tabs";
    match context.chromium() {
        Err(error) => report.not_run(Suite::Unit, name, error.to_string()),
        Ok(chromium) => {
            report.step(Suite::Unit, name, |progress| in_browser(chromium, &tests, progress));
        }
    }
}

fn folder() -> PathBuf {
    project::target().join("session-package")
}

/// The folder of the tests, with the examples and both packages. Node.js also searches the node_modules of the folder above.
fn prepared(tools: &Path, package: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    let (root, tests) = (project::root(), empty(tools.join("session"))?);
    let emulator = empty(folder().join("emulator"))?;
    let emulator = pack_for_npm(&project::program("fusionauth-emulator"), &emulator, progress)?;
    for source in ["packages/session-npm/tests/.", "packages/npm/tests/playwright.config.js", "examples"] {
        process::run(command("cp", &tests).arg("-R").arg(root.join(source)).arg(&tests), progress)?;
    }
    write_examples("session-npm", &empty(tests.join("readme"))?)?;
    std::fs::write(tests.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    npm_install(&emulator, &tests, progress)?;
    npm_install(package, &tests, progress)?;
    Ok(tests)
}

fn tool(name: &str, tests: &Path) -> std::process::Command {
    command(tests.join("../node_modules/.bin").join(name), tests)
}

fn in_browser(chromium: &Browser, tests: &Path, progress: &Progress) -> anyhow::Result<TestCount> {
    check(tool("playwright", tests).arg("test").env("CHROMIUM", &chromium.binary), progress)
}
