//! Installs the command-line tools of the build and the tests, each in a fixed version.
//!
//! A tool on PATH is used if it has that version. Otherwise `setup` installs the version into target/tools.

use super::apt;
use crate::{console, files, inline, process, project};
use anyhow::{Context, bail, ensure};
use std::path::PathBuf;

/// A tool that `cargo install` builds. Its package has the same name.
pub struct Tool {
    program: &'static str,
    version: &'static str,
    options: &'static [&'static str],
    about: &'static str,
}

/// Builds the example application in the tests. Version 0.22 needs a newer compiler than this workspace. It is built without TLS, which it
/// needs only to download tools that are already installed.
pub const TRUNK: Tool =
    Tool { program: "trunk", version: "0.21.14", options: &["--locked", "--no-default-features"], about: "about 2 minutes" };

pub(super) const GECKODRIVER: Tool = Tool { program: "geckodriver", version: "0.37.1", options: &[], about: "about 40 s" };

/// Makes a website of the guide. Without its server and its search, which a test of the guide does not use.
pub const MDBOOK: Tool =
    Tool { program: "mdbook", version: "0.5.4", options: &["--locked", "--no-default-features"], about: "about 1 minute" };

/// Compares the dependencies with RustSec's list of vulnerabilities.
pub const CARGO_DENY: Tool = Tool { program: "cargo-deny", version: "0.20.2", options: &["--locked"], about: "about 3 minutes" };

/// Compares the libraries' public API with that of a release.
pub const CARGO_SEMVER_CHECKS: Tool =
    Tool { program: "cargo-semver-checks", version: "0.51.0", options: &["--locked"], about: "about 4 minutes" };

impl Tool {
    /// Installs the tool if it is missing.
    pub fn ensure(&self) -> anyhow::Result<()> {
        let Self { program, version, options, about } = self;
        if has_version(program, version) {
            return Ok(());
        }
        let build_folder = project::tools().join("build");
        console::step(&format!("{program} {version}: cargo install ({about})"), |progress| {
            let mut cargo = project::cargo();
            cargo.args(["install", program, "--version", version, "--force"]).args(*options).arg("--root").arg(project::tools());
            // An interrupted install continues in this folder.
            cargo.env("CARGO_TARGET_DIR", &build_folder);
            // Without optimisation, because the tools run for seconds and building them takes minutes: Trunk takes 1:46 instead of 7 minutes.
            for (setting, value) in [("OPT_LEVEL", "0"), ("LTO", "off"), ("CODEGEN_UNITS", "256"), ("DEBUG", "0")] {
                cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
            }
            process::run(&mut cargo, progress)
        })
        .with_context(|| format!("{program} could not be installed; `cargo install {program} --version {version}` by hand shows more"))?;
        if !has_version(program, version) {
            bail!("{program} {version} was installed, but `{program} --version` says another version; is an older one first on PATH?");
        }
        // The folder is large, and no later command needs it. A failed removal is not an error.
        let _ = files::remove(build_folder);
        Ok(())
    }
}

/// Whether the program on PATH says that it has this version.
fn has_version(program: &str, version: &str) -> bool {
    let printed = process::stdout_of(project::command(program).arg("--version")).unwrap_or_default();
    // mdBook prints `mdbook v0.5.4`.
    printed.lines().next().is_some_and(|line| line.split_whitespace().any(|word| word.trim_start_matches('v') == version))
}

/// The programs of the build: wasm-opt, Rollup, which joins the scripts, and terser, which makes them smaller. Each with its package and the
/// package's version, its name, and the version that it prints.
const PROGRAMS: [(&str, &str, &str, &str); 3] = include!("programs.txt"); // a test reads it, too

/// Installs the [`PROGRAMS`]. Returns their names and versions.
pub(super) fn ensure_programs() -> anyhow::Result<String> {
    for (package, version, program, printed) in PROGRAMS {
        ensure_npm_package(package, version, || has_version(program, printed))?;
    }
    Ok(PROGRAMS.map(|(_, _, program, version)| format!("{program} {version}")).join(", "))
}

/// A file of a package that npm installs into target/tools, in a fixed version.
pub struct NpmFile {
    package: &'static str,
    version: &'static str,
    file: &'static str,
    hash: &'static str,
}

/// Checks the pages for accessibility problems. The package publishes the hash in `sri-history.json`.
pub const AXE_CORE: NpmFile =
    NpmFile { package: "axe-core", version: "4.14.1", file: "axe.min.js", hash: "sha256-KTSJmUUM3yhJqOcLeRL8LahahJ2jnA0NU5T1HUqe2Vw=" };

/// The font of the headings: the letters of Western languages, in the one weight that headings have. Without it headings use a serif font of
/// the reader's system.
pub const FRAUNCES: NpmFile = NpmFile {
    package: "@fontsource/fraunces",
    version: "5.3.0",
    file: "files/fraunces-latin-600-normal.woff2",
    hash: "sha256-Oh3ncR0Ue61EIoJQRfh1l/13zKcufJbTsKgXNdAN2oI=",
};

impl NpmFile {
    /// Installs the package, unless it is installed.
    pub fn ensure(&self) -> anyhow::Result<()> {
        ensure_npm_package(self.package, self.version, || self.is_installed())
    }

    pub fn is_installed(&self) -> bool {
        fs_err::read(self.path()).is_ok_and(|content| inline::hash(content) == self.hash)
    }

    pub fn path(&self) -> PathBuf {
        project::tools().join("npm/node_modules").join(self.package).join(self.file)
    }
}

fn ensure_npm_package(name: &str, version: &str, is_installed: impl Fn() -> bool) -> anyhow::Result<()> {
    if is_installed() {
        return Ok(());
    }
    let package = format!("{name}@{version}");
    ensure_npm(name)?;
    console::step(&format!("npm install {package}"), |progress| {
        let folder = project::tools().join("npm");
        fs_err::create_dir_all(&folder)?;
        let mut npm = project::command("npm");
        npm.args(NPM_INSTALL).arg("--prefix").arg(folder).arg(&package);
        process::run(&mut npm, progress)
    })
    .with_context(|| format!("{package} could not be installed from npm"))?;
    ensure!(is_installed(), "npm has installed {package}, but it is not the expected one; is another one first on PATH?");
    Ok(())
}

const NPM_INSTALL: [&str; 5] = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"];

/// Installs what the tests of the npm packages use, in the versions of their package.json. Returns the folder that holds it.
pub fn ensure_tests_of_npm_package() -> anyhow::Result<PathBuf> {
    let folder = project::tools().join("emulator-packages");
    let manifest = project::read("emulator/npm/tests/package.json")?;
    files::once(&folder.join("node_modules/.installed"), &manifest, || {
        ensure_npm("the tests of the npm packages")?;
        files::write(folder.join("package.json"), &manifest)?;
        console::step("tests of the npm packages: npm install", |progress| {
            process::run(project::command("npm").args(NPM_INSTALL).current_dir(&folder), progress)?;
            // npm reports success even if it could not download an optional package, such as the native part of Vitest's bundler.
            process::run(project::command("node").args(["--eval", "import('rolldown')"]).current_dir(&folder), progress)
                .context("npm has left out a part of Vitest; run the tests again")
                .map(drop)
        })
    })?;
    Ok(folder)
}

/// Makes sure that Node.js and npm are installed. `what` names the tool that npm installs next, for the messages.
pub fn ensure_npm(what: &str) -> anyhow::Result<()> {
    // They are installed one by one, because NodeSource's package nodejs contains npm and conflicts with Debian's package npm.
    for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
        if process::find(program).is_none() {
            apt::install_missing(what, &[package])?;
        }
    }
    Ok(())
}
