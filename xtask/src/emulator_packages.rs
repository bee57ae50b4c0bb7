//! `cargo xtask dist`: builds the emulator as one static program, and packs it for npm and PyPI (`packages/`). The tests pack the debug
//! build in the same way. `cargo xtask dist session` packs the session instead.

use crate::console::{self, Progress};
use crate::setup::{self, PythonTools};
use crate::{process, project, session_package};
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};

const HELP: &str = "\
usage: cargo xtask dist [session]

Builds the emulator as one static program for Linux on x86-64, and packs it for npm and PyPI. The program, the packages and a
Containerfile are then in target/emulator-dist. apt installs musl's C compiler, if it is missing.

With the word session: builds the session for JavaScript, and packs it for npm. The package is then in target/session-dist.";

const PROGRAM: &str = "fusionauth-emulator";

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    match arguments.next()? {
        None => {}
        Some(lexopt::Arg::Value(what)) if what == "session" => return session_package::command(),
        Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) => {
            println!("{HELP}");
            return Ok(());
        }
        Some(other) => bail!("{}\n\n{HELP}", other.unexpected()),
    }
    setup::for_static_programs()?;
    setup::for_npm("the emulator's npm package")?;
    let tools = setup::for_python_packages()?;
    let folder = project::target().join("emulator-dist");
    let program = console::step("emulator: static release build (several minutes)", build)?;
    let packages =
        console::step("emulator: npm package and wheel", |progress| pack(&program, Platform::StaticLinux, &folder, &tools, progress))?;
    std::fs::copy(&program, folder.join(PROGRAM)).context("cannot copy the program")?;
    std::fs::copy(project::root().join("packages/Containerfile"), folder.join("Containerfile")).context("cannot copy the Containerfile")?;
    println!("{}\n{}\n{}", folder.join(PROGRAM).display(), packages.npm.display(), packages.wheel.display());
    Ok(())
}

fn build(progress: &Progress) -> anyhow::Result<PathBuf> {
    let mut cargo = project::cargo();
    cargo.args(["build", "--release", "--target", project::STATIC_TARGET, "-p", PROGRAM, "--bin", PROGRAM]);
    cargo.env("CC_x86_64_unknown_linux_musl", "musl-gcc").env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
    process::run(&mut cargo, progress)?;
    Ok(project::native_target_folder().join(project::STATIC_TARGET).join("release").join(PROGRAM))
}

/// The machines on which a program runs.
#[derive(Clone, Copy)]
pub enum Platform {
    /// Every Linux on x86-64, because the program is static.
    StaticLinux,
    /// Machines with the libraries of this one.
    ThisMachine,
}

/// The packages, as files that npm and pip install.
pub struct Packages {
    pub npm: PathBuf,
    pub wheel: PathBuf,
}

/// Packs a program, and empties the folder for the packages first.
pub fn pack(program: &Path, platform: Platform, folder: &Path, tools: &PythonTools, progress: &Progress) -> anyhow::Result<Packages> {
    empty(folder)?;
    let npm = pack_for_npm(program, folder, progress)?;
    let wheel = stage("pypi", "pyproject.toml", PROGRAM, folder, progress)?;
    copy_program(program, &wheel.join("fusionauth_emulator/bin"))?;
    let mut python = project::command(&tools.python);
    python.args(["-m", "hatchling", "build", "-t", "wheel", "-d"]).arg(folder).current_dir(wheel);
    if let Platform::StaticLinux = platform {
        // The oldest C library of each kind that pip has a tag for. The program needs none.
        python.env("WHEEL_PLATFORM", "manylinux_2_17_x86_64.musllinux_1_1_x86_64");
    }
    process::run(&mut python, progress)?;
    Ok(Packages { npm, wheel: only_file(folder, "whl")? })
}

/// Packs a program for npm alone.
pub fn pack_for_npm(program: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    let staged = stage("npm", "package.json", PROGRAM, folder, progress)?;
    copy_program(program, &staged.join("bin"))?;
    npm_pack(&staged, folder, progress)
}

fn copy_program(program: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::copy(program, folder.join(PROGRAM)).with_context(|| format!("cannot copy {}", program.display()))?;
    Ok(())
}

/// Makes an empty folder, or empties the one that is there.
pub fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}

/// Copies a folder of `packages/` and the licences into `folder`. The version in the manifest must be that of the crate.
pub fn stage(name: &str, manifest: &str, package: &str, folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    let (root, staged) = (project::root(), folder.join(name));
    process::run(project::command("cp").arg("-R").arg(root.join("packages").join(name)).arg(&staged), progress)?;
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        std::fs::copy(root.join(licence), staged.join(licence)).with_context(|| format!("cannot copy {licence}"))?;
    }
    let text = std::fs::read_to_string(staged.join(manifest)).with_context(|| format!("packages/{name} has no {manifest}"))?;
    let version = project::locked_version(package)?;
    ensure!(text.contains(&format!("\"{version}\"")), "packages/{name}/{manifest} has another version than {package} {version}");
    Ok(staged)
}

/// Packs the npm package in `staged` into a file of `folder`.
pub fn npm_pack(staged: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    process::run(project::command("npm").args(["pack", "--pack-destination"]).arg(folder).current_dir(staged), progress)?;
    only_file(folder, "tgz")
}

fn only_file(folder: &Path, ending: &str) -> anyhow::Result<PathBuf> {
    let files = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    let mut files = files.filter(|path| path.extension().is_some_and(|it| it == ending));
    files.next().with_context(|| format!("no .{ending} file was made in {}", folder.display()))
}
