//! Installs the command-line tools of the build and the tests, each in a fixed version.
//!
//! A tool on PATH is used if it has that version. Otherwise `setup` installs the version into target/tools.

use super::apt;
use crate::console::{self, Progress};
use crate::{inline, process, project};
use anyhow::{Context, bail, ensure};
use std::path::PathBuf;

/// A tool that `cargo install` builds.
pub(super) struct Tool {
    program: &'static str,
    package: &'static str,
    version: &'static str,
    options: &'static [&'static str],
    about: &'static str,
}

/// Version 0.22 needs a newer compiler than this workspace. It is built without TLS, which it needs only to download tools that are already
/// installed.
pub(super) fn trunk() -> Tool {
    let options = &["--locked", "--no-default-features"];
    Tool { program: "trunk", package: "trunk", version: "0.21.14", options, about: "about 2 minutes" }
}

pub(super) fn geckodriver() -> Tool {
    Tool { program: "geckodriver", package: "geckodriver", version: "0.37.1", options: &[], about: "about 40 s" }
}

/// Without its server and its search, which a test of the guide does not use.
pub(super) fn mdbook() -> Tool {
    let options = &["--locked", "--no-default-features"];
    Tool { program: "mdbook", package: "mdbook", version: "0.5.4", options, about: "about 1 minute" }
}

pub(super) fn cargo_deny() -> Tool {
    Tool { program: "cargo-deny", package: "cargo-deny", version: "0.20.2", options: &["--locked"], about: "about 3 minutes" }
}

pub(super) fn cargo_semver_checks() -> Tool {
    let name = "cargo-semver-checks";
    Tool { program: name, package: name, version: "0.51.0", options: &["--locked"], about: "about 4 minutes" }
}

/// Installs the tool if it is missing.
pub(super) fn ensure(tool: &Tool) -> anyhow::Result<()> {
    if tool.is_installed() {
        return Ok(());
    }
    let name = format!("{} {}", tool.program, tool.version);
    console::step(&format!("{name}: cargo install ({})", tool.about), |progress| tool.install(progress)).with_context(|| {
        format!("{name} could not be installed; `cargo install {} --version {}` by hand shows more", tool.package, tool.version)
    })?;
    if !tool.is_installed() {
        bail!("{name} was installed, but `{} --version` says another version; is an older one first on PATH?", tool.program);
    }
    // The folder is large, and no later command needs it. A failed removal is not an error.
    let _ = fs_err::remove_dir_all(build_folder());
    Ok(())
}

impl Tool {
    fn is_installed(&self) -> bool {
        has_version(self.program, self.version)
    }

    fn install(&self, progress: &Progress) -> anyhow::Result<()> {
        let mut cargo = project::cargo();
        cargo.args(["install", self.package, "--version", self.version, "--force"]).args(self.options);
        cargo.arg("--root").arg(project::tools());
        // An interrupted install continues in this folder.
        cargo.env("CARGO_TARGET_DIR", build_folder());
        // Without optimisation, because the tools run for seconds and building them takes minutes: Trunk takes 1:46 instead of 7 minutes.
        for (setting, value) in [("OPT_LEVEL", "0"), ("LTO", "off"), ("CODEGEN_UNITS", "256"), ("DEBUG", "0")] {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        process::run(&mut cargo, progress)?;
        Ok(())
    }
}

/// Whether the program on PATH says that it has this version.
fn has_version(program: &str, version: &str) -> bool {
    let printed = process::stdout_of(project::command(program).arg("--version")).unwrap_or_default();
    // mdBook prints `mdbook v0.5.4`.
    printed.lines().next().is_some_and(|line| line.split_whitespace().any(|word| word.trim_start_matches('v') == version))
}

fn build_folder() -> PathBuf {
    project::tools().join("build")
}

/// A package that npm installs into target/tools, in a fixed version.
struct NpmPackage {
    name: &'static str,
    version: &'static str,
    proof: Proof,
}

/// What shows that a package is installed in the right version.
enum Proof {
    /// The program prints this version. A program on PATH is used, too.
    Prints { program: &'static str, version: &'static str },
    /// A file of the package has this hash.
    Has { file: &'static str, hash: &'static str },
}

/// The programs of the build: wasm-opt, Rollup, which joins the scripts, and terser, which makes them smaller. Each with its package and the
/// package's version, its name, and the version that it prints.
const PROGRAMS: [(&str, &str, &str, &str); 3] = include!("programs.txt"); // a test reads it, too

/// Checks the pages for accessibility problems. The package publishes the hash in `sri-history.json`.
const AXE_CORE: NpmPackage = NpmPackage {
    name: "axe-core",
    version: "4.14.1",
    proof: Proof::Has { file: "axe.min.js", hash: "sha256-KTSJmUUM3yhJqOcLeRL8LahahJ2jnA0NU5T1HUqe2Vw=" },
};

/// The font of the headings: the letters of Western languages, in the one weight that headings have.
const FRAUNCES: NpmPackage = NpmPackage {
    name: "@fontsource/fraunces",
    version: "5.3.0",
    proof: Proof::Has { file: "files/fraunces-latin-600-normal.woff2", hash: "sha256-Oh3ncR0Ue61EIoJQRfh1l/13zKcufJbTsKgXNdAN2oI=" },
};

impl NpmPackage {
    /// Installs the package, unless it is installed.
    fn ensure(&self) -> anyhow::Result<()> {
        if self.is_installed() {
            return Ok(());
        }
        let package = format!("{}@{}", self.name, self.version);
        ensure_npm(self.name)?;
        console::step(&format!("npm install {package}"), |progress| {
            let folder = project::tools().join("npm");
            fs_err::create_dir_all(&folder)?;
            let mut npm = project::command("npm");
            npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1", "--prefix"])
                .arg(folder)
                .arg(&package);
            process::run(&mut npm, progress).map(drop)
        })
        .with_context(|| format!("{package} could not be installed from npm"))?;
        ensure!(self.is_installed(), "npm has installed {package}, but it is not the expected one; is another one first on PATH?");
        Ok(())
    }

    fn is_installed(&self) -> bool {
        match self.proof {
            Proof::Prints { program, version } => has_version(program, version),
            Proof::Has { file, hash } => fs_err::read(self.file(file)).is_ok_and(|content| inline::hash(content) == hash),
        }
    }

    fn file(&self, file: &str) -> PathBuf {
        project::tools().join("npm/node_modules").join(self.name).join(file)
    }
}

/// Installs the [`PROGRAMS`]. Returns their names and versions.
pub(super) fn ensure_programs() -> anyhow::Result<String> {
    for (name, version, program, printed) in PROGRAMS {
        NpmPackage { name, version, proof: Proof::Prints { program, version: printed } }.ensure()?;
    }
    Ok(PROGRAMS.map(|(_, _, program, version)| format!("{program} {version}")).join(", "))
}

/// Installs axe-core.
pub(super) fn ensure_axe_core() -> anyhow::Result<()> {
    AXE_CORE.ensure()
}

/// The font of the headings. `None` if it is not installed.
pub(super) fn font() -> Option<PathBuf> {
    let Proof::Has { file, .. } = FRAUNCES.proof else { return None };
    FRAUNCES.is_installed().then(|| FRAUNCES.file(file))
}

/// Installs the font of the headings. Without it headings use a serif font of the reader's system, so a failure is not an error.
pub(super) fn ensure_font() {
    if let Err(error) = FRAUNCES.ensure() {
        console::warn(&format!("headings are in the system's serif: {}", process::reason(&error)));
    }
}

/// Installs what the tests of the npm packages use, in the versions of their package.json. Returns the folder that holds it.
pub(super) fn ensure_tests_of_npm_package() -> anyhow::Result<PathBuf> {
    let folder = project::tools().join("emulator-packages");
    let manifest = fs_err::read(project::root().join("emulator/npm/tests/package.json"))?;
    let marker = folder.join("node_modules/.installed");
    if fs_err::read(&marker).is_ok_and(|it| it == manifest) {
        return Ok(folder);
    }
    ensure_npm("the tests of the npm packages")?;
    fs_err::create_dir_all(&folder)?;
    fs_err::write(folder.join("package.json"), &manifest)?;
    console::step("tests of the npm packages: npm install", |progress| {
        let mut npm = project::command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"]).current_dir(&folder);
        process::run(&mut npm, progress)?;
        // npm reports success even if it could not download an optional package, such as the native part of Vitest's bundler.
        process::run(project::command("node").args(["--eval", "import('rolldown')"]).current_dir(&folder), progress)
            .context("npm has left out a part of Vitest; run the tests again")
    })?;
    fs_err::write(&marker, manifest)?;
    Ok(folder)
}

/// Makes sure that Node.js and npm are installed. `what` names the tool that npm installs next, for the messages.
pub(super) fn ensure_npm(what: &str) -> anyhow::Result<()> {
    // They are installed one by one, because NodeSource's package nodejs contains npm and conflicts with Debian's package npm.
    for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
        if process::find(program).is_none() {
            apt::install_missing(what, &[package])?;
        }
    }
    Ok(())
}
