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
    let _ = std::fs::remove_dir_all(build_folder());
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

/// The oldest binaryen that reads the output of this workspace's rustc.
const OLDEST_WASM_OPT: u32 = 123;
const BINARYEN: &str = "132.0.0";

/// Takes wasm-opt from PATH, or installs it from the npm package `binaryen`. Returns its name and version.
pub(super) fn ensure_wasm_opt() -> anyhow::Result<String> {
    if let Some(version) = wasm_opt_version() {
        return Ok(format!("wasm-opt {version}"));
    }
    if process::find("npm").is_none() && !apt::is_usable() {
        bail!("wasm-opt is missing: install binaryen {OLDEST_WASM_OPT} or newer, or Node.js with npm, from which it is then installed");
    }
    ensure_npm("wasm-opt")?;
    let package = format!("binaryen@{BINARYEN}");
    console::step(&format!("wasm-opt: npm install {package}"), |progress| install_from_npm(&package, progress))
        .context("wasm-opt could not be installed from npm; binaryen 123 or newer on PATH serves as well")?;
    let version =
        wasm_opt_version().context("binaryen was installed, but `wasm-opt --version` does not answer; is Node.js 18 or newer?")?;
    Ok(format!("wasm-opt {version}"))
}

/// The programs that join the app's scripts and make them smaller, each with its version.
const SCRIPT_TOOLS: [(&str, &str); 2] = include!("script_tools.txt"); // a test reads it, too

/// Installs [`SCRIPT_TOOLS`] from npm, unless these versions are installed. Returns their names and versions.
pub(super) fn ensure_script_tools() -> anyhow::Result<String> {
    for (name, version) in SCRIPT_TOOLS {
        if !has_version(name, version) {
            ensure_npm(name)?;
            let package = format!("{name}@{version}");
            console::step(&format!("npm install {package}"), |progress| install_from_npm(&package, progress))
                .with_context(|| format!("{name} could not be installed from npm"))?;
            ensure!(has_version(name, version), "{name} was installed, but `{name} --version` does not print {version}");
        }
    }
    Ok(SCRIPT_TOOLS.map(|(name, version)| format!("{name} {version}")).join(", "))
}

fn install_from_npm(package: &str, progress: &Progress) -> anyhow::Result<()> {
    let folder = project::tools().join("npm");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut npm = project::command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1", "--prefix"]).arg(folder).arg(package);
    process::run(&mut npm, progress).map(drop)
}

const AXE_CORE: &str = "4.14.1";
/// The hash of its `axe.min.js`, as the package itself publishes it in `sri-history.json`.
const AXE_CORE_HASH: &str = "sha256-KTSJmUUM3yhJqOcLeRL8LahahJ2jnA0NU5T1HUqe2Vw=";

/// Installs axe-core, which checks the pages for accessibility problems, from npm, unless this version is installed.
pub(super) fn ensure_axe_core() -> anyhow::Result<()> {
    let hash = || std::fs::read(project::axe_core()).ok().map(inline::hash);
    if hash().as_deref() == Some(AXE_CORE_HASH) {
        return Ok(());
    }
    ensure_npm("axe-core")?;
    let package = format!("axe-core@{AXE_CORE}");
    console::step(&format!("npm install {package}"), |progress| install_from_npm(&package, progress))
        .context("axe-core could not be installed from npm")?;
    let found = hash().unwrap_or_else(|| "no file".to_owned());
    ensure!(found == AXE_CORE_HASH, "{} is {found} and not the published {AXE_CORE_HASH}", project::axe_core().display());
    Ok(())
}

const FRAUNCES: &str = "5.3.0";
/// The hash of the file with the letters of Western languages, in the one weight that headings have.
const FRAUNCES_HASH: &str = "sha256-Oh3ncR0Ue61EIoJQRfh1l/13zKcufJbTsKgXNdAN2oI=";

/// The font of the headings. `None` if this version is not installed.
pub(super) fn font() -> Option<PathBuf> {
    let file = project::tools().join("npm/node_modules/@fontsource/fraunces/files/fraunces-latin-600-normal.woff2");
    (inline::hash(std::fs::read(&file).ok()?) == FRAUNCES_HASH).then_some(file)
}

/// Installs the font of the headings from npm, unless it is installed. Without it headings use a serif font of the reader's system, so a
/// failure is not an error.
pub(super) fn ensure_font() {
    if font().is_some() {
        return;
    }
    let package = format!("@fontsource/fraunces@{FRAUNCES}");
    let why = match process::find("npm") {
        None => Some("there is no npm".to_owned()),
        Some(_) => console::attempt(&format!("npm install {package}"), |progress| install_from_npm(&package, progress))
            .err()
            .map(|error| process::reason(&error)),
    };
    if font().is_none() {
        console::warn(&format!("headings are in the system's serif: {}", why.as_deref().unwrap_or("the font is not the expected one")));
    }
}

/// Installs what the tests of the npm packages use, in the versions of their package.json. Returns the folder that holds it.
pub(super) fn ensure_tests_of_npm_package() -> anyhow::Result<PathBuf> {
    let folder = project::tools().join("emulator-packages");
    let manifest = std::fs::read(project::root().join("emulator/npm/tests/package.json")).context("the tests have no package.json")?;
    let marker = folder.join("node_modules/.installed");
    if std::fs::read(&marker).is_ok_and(|it| it == manifest) {
        return Ok(folder);
    }
    ensure_npm("the tests of the npm packages")?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    std::fs::write(folder.join("package.json"), &manifest).context("cannot write package.json")?;
    console::step("tests of the npm packages: npm install", |progress| {
        let mut npm = project::command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--fetch-retries=1"]).current_dir(&folder);
        process::run(&mut npm, progress)?;
        // npm reports success even if it could not download an optional package, such as the native part of Vitest's bundler.
        process::run(project::command("node").args(["--eval", "import('rolldown')"]).current_dir(&folder), progress)
            .context("npm has left out a part of Vitest; run the tests again")
    })?;
    std::fs::write(&marker, manifest).with_context(|| format!("cannot write {}", marker.display()))?;
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

fn wasm_opt_version() -> Option<u32> {
    let printed = process::stdout_of(project::command("wasm-opt").arg("--version"))?;
    let version = printed.split_whitespace().find_map(|word| word.parse().ok())?;
    (version >= OLDEST_WASM_OPT).then_some(version)
}
