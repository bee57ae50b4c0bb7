//! Builds and packs the session for JavaScript, and runs pages with it and with the emulator's package: the types of the pages of `session/examples/`,
//! and in Chromium what these pages do in one tab and in twenty, and the races of `docs/session-races.md`.

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
    let Some(tools) = report.set_up(Suite::Unit, NAME, setup::ensure_tests_of_npm_package) else { return };
    let mut folders = None;
    report.step(Suite::Unit, NAME, |progress| {
        let package = session_package::make(context.environment.toolchain, &folder().join("session"), progress)?;
        let emulator = pack_for_npm(&project::program("fusionauth-emulator"), &empty(folder().join("emulator"))?, progress)?;
        let [api, program] = emulator;
        let (tools, packages) = (tools?, [api, program, package.file]);
        folders = Some((examples(&tools, &packages, progress)?, races(&tools, &packages, progress)?));
        Ok(None)
    });
    let Some((examples, races)) = folders else { return };
    report.step(Suite::Unit, "session's npm package: types of its README and of the examples", |progress| {
        check(tool("tsc", &examples).args(["--project", "examples"]), progress)
    });
    for (name, folder) in [("session's npm package: examples in Chromium, twenty tabs", examples), ("races of sessions in Chromium", races)]
    {
        match context.chromium() {
            Err(error) => report.not_run(Suite::Unit, name, error.to_string()),
            Ok(chromium) => {
                report.step(Suite::Unit, name, |progress| in_browser(chromium, &folder, progress));
            }
        }
    }
}

fn folder() -> PathBuf {
    project::target().join("session-package")
}

/// The folder of the examples and their tests.
fn examples(tools: &Path, packages: &[PathBuf; 3], progress: &Progress) -> anyhow::Result<PathBuf> {
    let sources = ["session/npm/tests/.", "emulator/npm/tests/playwright.config.js", "session/examples"];
    let folder = with_packages(tools.join("session"), packages, &sources, progress)?;
    write_examples("session/npm", &empty(folder.join("readme"))?)?;
    Ok(folder)
}

/// The folder of the races.
fn races(tools: &Path, packages: &[PathBuf; 3], progress: &Progress) -> anyhow::Result<PathBuf> {
    with_packages(tools.join("races"), packages, &["session/races/.", "docs/session-races.md"], progress)
}

/// Makes a folder with copies of files and with the packages. Node.js also searches the node_modules of the folder above.
fn with_packages(folder: PathBuf, packages: &[PathBuf; 3], sources: &[&str], progress: &Progress) -> anyhow::Result<PathBuf> {
    let (root, folder) = (project::root(), empty(folder)?);
    for source in sources {
        process::run(command("cp", &folder).arg("-R").arg(root.join(source)).arg(&folder), progress)?;
    }
    fs_err::write(folder.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    npm_install(packages, &folder, progress)?;
    Ok(folder)
}

fn tool(name: &str, folder: &Path) -> std::process::Command {
    command(folder.join("../node_modules/.bin").join(name), folder)
}

fn in_browser(chromium: &Browser, folder: &Path, progress: &Progress) -> anyhow::Result<TestCount> {
    check(tool("playwright", folder).arg("test").env("CHROMIUM", &chromium.binary), progress)
}
