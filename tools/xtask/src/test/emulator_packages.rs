//! Packs the debug build of the emulator for npm and PyPI, installs both packages from files, and runs with them the examples of their
//! READMEs, their own tests, and FusionAuth's TypeScript client. Then builds the image of `emulator/Containerfile` and runs it.

use super::options::{Context, Suite};
use super::report::{Report, TestCount, check};
use crate::console::Progress;
use crate::emulator_packages::{Packages, pack};
use crate::ports;
use crate::server::Server;
use crate::setup::{self, PythonTools};
use crate::{files, process, project};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What is installed from npm and PyPI, once. The steps themselves need no network.
struct Tools {
    python: PythonTools,
    /// The folder that holds the node_modules.
    npm: PathBuf,
}

pub(super) fn run(context: &Context, report: &mut Report) {
    let Some(tools) = report.set_up(Suite::Unit, "emulator's packages", tools) else { return };
    let mut packed = None;
    report.step(Suite::Unit, "emulator's packages: pack", |progress| {
        let tools = tools?;
        let folder = folder().join("packages");
        let packages = pack(&project::program("fusionauth-emulator"), &folder, &tools.python, progress)?;
        packed = Some((packages, tools));
        Ok(None)
    });
    let Some((packages, tools)) = packed else { return };
    report.step(Suite::Unit, "emulator's npm package: an empty folder, one line, one test", |progress| node(&packages, progress));
    let is_ready = report.step(Suite::Unit, "emulator's npm package: Jest, Mocha, Vitest, FusionAuth's TypeScript client", |progress| {
        node_tools(&packages, &tools, progress)
    });
    let name = "emulator's npm package: Playwright, FusionAuth's SDKs for React and Angular, openid-client and a passkey in Chromium";
    match context.chromium() {
        Err(error) => report.not_run(Suite::Unit, name, error.to_string()),
        Ok(chromium) if is_ready => {
            report.step(Suite::Unit, name, |progress| {
                check(tools.npm_tool("playwright").arg("test").env("CHROMIUM", &chromium.binary), progress)
            });
        }
        Ok(_) => report.not_run(Suite::Unit, name, "the package was not installed"),
    }
    report.step(Suite::Unit, "emulator's Python package: types, an empty folder, pytest", |progress| python(&packages, &tools, progress));
    let name = "emulator's image: buildah builds and runs it";
    if let Some(ready) = report.set_up(Suite::Unit, name, setup::ensure_buildah) {
        report.step(Suite::Unit, name, |progress| ready.and_then(|()| image(progress)));
    }
}

impl Tools {
    /// The folder of the tests. Node.js also searches the node_modules of the folder above.
    fn npm_tests(&self) -> PathBuf {
        self.npm.join("run")
    }

    fn npm_tool(&self, name: &str) -> Command {
        command(self.npm.join("node_modules/.bin").join(name), &self.npm_tests())
    }
}

fn tools() -> anyhow::Result<Tools> {
    setup::ensure_npm("the emulator's npm package")?;
    Ok(Tools { python: setup::ensure_python_tools()?, npm: setup::ensure_tests_of_npm_package()? })
}

fn folder() -> PathBuf {
    project::target().join("emulator-packages")
}

fn node(packages: &Packages, progress: &Progress) -> anyhow::Result<TestCount> {
    let folder = empty(folder().join("node"))?;
    npm_install(&packages.npm, &folder, progress)?;
    write_examples("emulator/npm", &folder)?;
    check(command("node", &folder).args(["--test", "sign_in.test.mjs"]), progress)
}

fn node_tools(packages: &Packages, tools: &Tools, progress: &Progress) -> anyhow::Result<TestCount> {
    let folder = empty(tools.npm_tests())?;
    let tests = project::root().join("emulator/npm/tests/.");
    process::run(command("cp", &folder).arg("-R").arg(tests).arg(&folder), progress)?;
    write_examples("emulator/npm", &folder)?;
    // npm would install the tools of package.json, too.
    fs_err::write(folder.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    npm_install(&packages.npm, &folder, progress)?;
    check(&mut tools.npm_tool("tsc"), progress)?;
    check(command("node", &folder).args(["--test", "built/"]), progress)?;
    check(tools.npm_tool("jest").args(["--rootDir", ".", "--testMatch", "**/*.jest.cjs"]), progress)?;
    check(tools.npm_tool("mocha").arg("*.mocha.cjs"), progress)?;
    check(tools.npm_tool("vitest").arg("run"), progress)
}

fn python(packages: &Packages, tools: &Tools, progress: &Progress) -> anyhow::Result<TestCount> {
    let source = project::root().join("emulator/pypi");
    let types = ["-m", "mypy", "--strict", "--cache-dir=/dev/null", "fusionauth_emulator"];
    check(command(&tools.python.python, &source).args(types), progress)?;
    let folder = empty(folder().join("python"))?;
    check(command("python3", &folder).args(["-m", "venv", "environment"]), progress)?;
    let python = || command(folder.join("environment/bin/python"), &folder);
    let install = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-index"];
    check(python().args(install).arg(&packages.wheel), progress)?;
    check(python().args(install).arg("--find-links").arg(&tools.python.wheels).arg("pytest"), progress)?;
    write_examples("emulator/pypi", &folder)?;
    // A warning would be a pipe that the package leaves open.
    check(python().args(["-X", "dev", "-W", "error", "-m", "pytest", "--quiet", "."]).arg(source.join("tests")), progress)
}

/// Builds the image, and runs it as another container would see it: as the image's user, with the image's arguments, under the name
/// `fusionauth`. The debug build needs this machine's libraries, so its container gets them as read-only folders.
fn image(progress: &Progress) -> anyhow::Result<TestCount> {
    const CONTAINER: &str = "emulator";
    let folder = empty(folder().join("image"))?;
    fs_err::copy(project::program("fusionauth-emulator"), folder.join("fusionauth-emulator"))?;
    fs_err::copy(project::root().join("emulator/Containerfile"), folder.join("Containerfile"))?;
    let buildah = |arguments: &[&str]| {
        let mut buildah = command("buildah", &folder);
        // Neither setting needs a kernel module or a namespace.
        buildah.env("BUILDAH_ISOLATION", "chroot").args(["--storage-driver", "vfs", "--root"]).arg(folder.join("images"));
        buildah.arg("--runroot").arg(folder.join("containers")).args(arguments);
        buildah
    };
    check(&mut buildah(&["build", "--tag", CONTAINER, "."]), progress)?;
    check(&mut buildah(&["from", "--name", CONTAINER, CONTAINER]), progress)?;
    let format = "{{range .OCIv1.Config.Entrypoint}}{{println .}}{{end}}";
    let entrypoint = process::run(&mut buildah(&["inspect", "--format", format, CONTAINER]), progress)?;
    let address = format!("0.0.0.0:{}", ports::free()?);
    // Without a namespace, the container shares the machine's ports.
    let entrypoint = entrypoint.lines().map(|it| if it == "0.0.0.0:9011" { &address } else { it }).filter(|it| !it.is_empty());
    let mut run = buildah(&["run"]);
    for libraries in ["/lib", "/lib64", "/usr/lib"].into_iter().filter(|it| Path::new(it).exists()) {
        run.arg("--volume").arg(format!("{libraries}:{libraries}:ro"));
    }
    let mut container = Server::start("the container", run.args([CONTAINER, "--"]).args(entrypoint), &folder.join("log"))?;
    container.wait_for(&format!("listening on http://{address}"))?;
    let mut curl = command("curl", &folder);
    check(curl.args(["--silent", "--fail", "--header", "Host: fusionauth", &format!("http://{address}/emulator/clock")]), progress)
}

pub(super) fn empty(folder: PathBuf) -> anyhow::Result<PathBuf> {
    files::empty(&folder)?;
    Ok(folder)
}

/// Installs packages from their files, without a network.
pub(super) fn npm_install<P: AsRef<std::ffi::OsStr>>(packages: &[P], folder: &Path, progress: &Progress) -> anyhow::Result<TestCount> {
    check(command("npm", folder).args(["install", "--offline", "--no-audit", "--no-fund"]).args(packages), progress)
}

/// A command whose requests to the emulator do not use the proxy of a developer's shell.
pub(super) fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = project::command(program);
    command.current_dir(folder).env("NO_PROXY", "127.0.0.1,localhost").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// Writes the files that the README of the package at the path `package` shows. The first line of such a code block is a comment with the file's name.
pub(super) fn write_examples(package: &str, folder: &Path) -> anyhow::Result<()> {
    let readme = project::read(&format!("{package}/README.md"))?;
    for (name, content) in readme.split("```").skip(1).step_by(2).filter_map(example) {
        fs_err::write(folder.join(name), content)?;
    }
    Ok(())
}

/// The name and the content of the file that a code block shows.
fn example(block: &str) -> Option<(&str, &str)> {
    let (first, content) = block.split_once('\n')?.1.split_once('\n')?;
    let name = first.strip_prefix("// ").or_else(|| first.strip_prefix("# "))?;
    Some((name, content))
}
