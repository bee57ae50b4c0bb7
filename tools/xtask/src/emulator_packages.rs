//! `cargo xtask dist`: builds the emulator for five platforms, and packs it for npm and PyPI (`emulator/`). Zig links the programs for other
//! machines than this one, which therefore nobody has run. The tests pack the debug build in the same way. `cargo xtask dist session` packs
//! the session instead.
//!
//! On npm, each platform's program is in a package of its own, and the package `fusionauth-emulator` names all of them as optional
//! dependencies: npm installs the one whose `os` and `cpu` fit. On PyPI, each platform has a wheel.

use crate::console::{self, Progress};
use crate::setup::{self, PythonTools};
use crate::{arguments, files, process, project, session_package};
use anyhow::{Context, ensure};
use pico_args::Arguments;
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
usage: cargo xtask dist [session | PLATFORM...]

Builds the emulator for Linux and macOS on x86-64 and arm64, and for Windows on x86-64, and packs it for npm and PyPI. The packages, the
program for Linux on x86-64 and a Containerfile are then in target/emulator-dist. apt installs musl's C compiler, and pip installs Zig and
cargo-zigbuild, if they are missing. If the program of another platform can't be built, the command makes all other packages, and fails.
With names of platforms, as npm's packages have them, such as linux-arm64: builds and packs the emulator for these platforms alone.

With the word session: builds the session for JavaScript, and packs it for npm. The package is then in target/session-dist.";

const PROGRAM: &str = "fusionauth-emulator";

pub fn command(arguments: Arguments) -> anyhow::Result<()> {
    let names = arguments::words(arguments, PLATFORMS.len(), HELP)?;
    if names == ["session"] {
        return session_package::command();
    }
    let platform = |name: &String| {
        let platform = PLATFORMS.iter().find(|it| it.name() == *name);
        platform.with_context(|| format!("there is no platform {name}\n\n{HELP}"))
    };
    let mut platforms = names.iter().map(platform).collect::<anyhow::Result<Vec<_>>>()?;
    if platforms.is_empty() {
        platforms.extend(&PLATFORMS);
    }
    setup::ensure_static_target()?;
    setup::ensure_npm("the emulator's npm package")?;
    let tools = setup::ensure_python_tools()?;
    let folder = project::target().join("emulator-dist");
    files::empty(&folder)?;
    let (mut packages, mut failures) = (vec![pack_launcher(&folder, &Progress::default())?], Vec::new());
    for platform in platforms {
        let name = platform.name();
        let program =
            console::attempt(&format!("emulator for {name}: release build (several minutes)"), |progress| platform.build(progress));
        match program {
            Ok(program) => {
                let made = console::step(&format!("emulator for {name}: npm package and wheel"), |progress| {
                    Ok([platform.pack_for_npm(&program, &folder, progress)?, platform.pack_wheel(&program, &folder, &tools, progress)?])
                })?;
                packages.extend(made);
                if platform.target == project::STATIC_TARGET {
                    fs_err::copy(&program, folder.join(PROGRAM))?;
                }
            }
            Err(error) => failures.push(format!("{name}: {}", process::reason(&error))),
        }
    }
    fs_err::copy(project::root().join("emulator/Containerfile"), folder.join("Containerfile"))?;
    packages.iter().for_each(|it| println!("{}", it.display()));
    ensure!(
        failures.is_empty(),
        "no package for these platforms; `cargo install --path emulator/fusionauth-emulator` on such a machine builds the program:\n- {}",
        failures.join("\n- ")
    );
    Ok(())
}

/// A kind of machine, with the names that Rust, npm and pip have for it.
#[derive(Clone, Copy)]
pub struct Platform {
    /// Rust's target.
    target: &'static str,
    /// npm's `os` and `cpu`.
    os: &'static str,
    cpu: &'static str,
    /// The wheel's tag; the machine's own if it is empty. A static program needs no C library, so it has the tags of the oldest ones.
    wheel: &'static str,
}

#[rustfmt::skip]
const PLATFORMS: [Platform; 5] = [
    Platform { target: project::STATIC_TARGET, os: "linux", cpu: "x64", wheel: "manylinux_2_17_x86_64.musllinux_1_1_x86_64" },
    Platform { target: "aarch64-unknown-linux-musl", os: "linux", cpu: "arm64", wheel: "manylinux_2_17_aarch64.musllinux_1_1_aarch64" },
    Platform { target: "x86_64-apple-darwin", os: "darwin", cpu: "x64", wheel: "macosx_10_12_x86_64" },
    Platform { target: "aarch64-apple-darwin", os: "darwin", cpu: "arm64", wheel: "macosx_11_0_arm64" },
    Platform { target: "x86_64-pc-windows-gnu", os: "win32", cpu: "x64", wheel: "win_amd64" },
];

/// The frameworks of macOS with which the program is linked. They are on every Mac.
const FRAMEWORKS: [&str; 2] = ["CoreFoundation", "Security"];

impl Platform {
    /// This machine, whose debug build needs this machine's libraries.
    pub const THIS_MACHINE: Self = Self { wheel: "", ..PLATFORMS[0] };

    fn name(&self) -> String {
        format!("{}-{}", self.os, self.cpu)
    }

    fn program(&self) -> String {
        if self.os == "win32" { format!("{PROGRAM}.exe") } else { PROGRAM.to_owned() }
    }

    fn build(&self, progress: &Progress) -> anyhow::Result<PathBuf> {
        let common = ["--release", "--target", self.target, "-p", PROGRAM, "--bin", PROGRAM];
        let mut cargo = if self.target == project::STATIC_TARGET {
            let mut cargo = project::cargo();
            cargo.arg("build").args(common).env("CC_x86_64_unknown_linux_musl", "musl-gcc");
            cargo
        } else {
            let zig = setup::for_other_platforms(self.target)?;
            let mut cargo = project::command(zig.join("cargo-zigbuild"));
            cargo.arg("rustc").args(common).env("CARGO_TARGET_DIR", project::native_target_folder()).env("PATH", project::path_with(&zig));
            cargo
        };
        // The linker needs the frameworks' names only: the program looks for their functions when it starts.
        let frameworks = tempfile::tempdir()?;
        if self.os == "darwin" {
            for name in FRAMEWORKS {
                let folder = frameworks.path().join(format!("{name}.framework"));
                files::write(folder.join(format!("{name}.tbd")), framework_stub(name))?;
            }
            let folder = format!("link-arg=-F{}", frameworks.path().display());
            cargo.args(["--", "-C", &folder, "-C", "link-arg=-undefined", "-C", "link-arg=dynamic_lookup"]);
        }
        process::run(cargo.env("CARGO_PROFILE_RELEASE_STRIP", "symbols"), progress)?;
        Ok(project::native_target_folder().join(self.target).join("release").join(self.program()))
    }

    fn pack_for_npm(&self, program: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
        let work = tempfile::tempdir()?;
        copy_licences(work.path())?;
        self.copy_program(program, &work.path().join("bin"))?;
        let (name, version) = (self.name(), project::VERSION);
        let manifest = format!(
            "{{\"name\":\"{PROGRAM}-{name}\",\"version\":\"{version}\",\"description\":\"The program of {PROGRAM} for {name}\",\
             \"license\":\"(Apache-2.0 OR MIT)\",\"files\":[\"bin\",\"LICENSE-APACHE\",\"LICENSE-MIT\"],\
             \"os\":[\"{}\"],\"cpu\":[\"{}\"]}}",
            self.os, self.cpu
        );
        fs_err::write(work.path().join("package.json"), manifest)?;
        npm_pack(work.path(), folder, progress)
    }

    fn pack_wheel(&self, program: &Path, folder: &Path, tools: &PythonTools, progress: &Progress) -> anyhow::Result<PathBuf> {
        let work = tempfile::tempdir()?;
        let staged = stage("emulator/pypi", "pyproject.toml", work.path(), progress)?;
        self.copy_program(program, &staged.join("fusionauth_emulator/bin"))?;
        let mut python = project::command(&tools.python);
        python.args(["-m", "hatchling", "build", "-t", "wheel", "-d"]).arg(work.path()).current_dir(staged);
        process::run(python.env("WHEEL_PLATFORM", self.wheel), progress)?;
        let made = fs_err::read_dir(work.path())?.flatten().map(|it| it.path()).find(|it| it.extension().is_some_and(|end| end == "whl"));
        let made = made.context("hatchling made no wheel")?;
        let wheel = folder.join(made.file_name().unwrap_or_default());
        fs_err::copy(&made, &wheel)?;
        Ok(wheel)
    }

    fn copy_program(&self, program: &Path, folder: &Path) -> anyhow::Result<()> {
        fs_err::create_dir_all(folder)?;
        fs_err::copy(program, folder.join(self.program()))?;
        Ok(())
    }
}

/// The description of a framework for the linker, without its functions.
fn framework_stub(name: &str) -> String {
    let targets = "[ x86_64-macos, arm64-macos ]";
    format!(
        "--- !tapi-tbd\ntbd-version: 4\ntargets: {targets}\n\
         install-name: '/System/Library/Frameworks/{name}.framework/Versions/A/{name}'\n...\n"
    )
}

/// The packages, as files that npm and pip install.
pub struct Packages {
    /// The package with the API, and the one with the program.
    pub npm: [PathBuf; 2],
    pub wheel: PathBuf,
}

/// Packs a program that runs on this machine, and empties the folder for the packages first.
pub fn pack(program: &Path, folder: &Path, tools: &PythonTools, progress: &Progress) -> anyhow::Result<Packages> {
    let npm = pack_for_npm(program, folder, progress)?;
    Ok(Packages { npm, wheel: Platform::THIS_MACHINE.pack_wheel(program, folder, tools, progress)? })
}

/// Packs such a program for npm alone.
pub fn pack_for_npm(program: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<[PathBuf; 2]> {
    files::empty(folder)?;
    Ok([pack_launcher(folder, progress)?, Platform::THIS_MACHINE.pack_for_npm(program, folder, progress)?])
}

/// Packs the npm package with the API, which needs the package of a platform.
fn pack_launcher(folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    let work = tempfile::tempdir()?;
    let staged = stage("emulator/npm", "package.json", work.path(), progress)?;
    npm_pack(&staged, folder, progress)
}

/// Copies the package at the path `source` and the licences into `folder`. The version in the manifest must be that of the workspace.
pub fn stage(source: &str, manifest: &str, folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    let staged = folder.join("staged");
    process::run(project::command("cp").arg("-R").arg(project::root().join(source)).arg(&staged), progress)?;
    copy_licences(&staged)?;
    let text = fs_err::read_to_string(staged.join(manifest)).with_context(|| format!("{source} has no {manifest}"))?;
    ensure!(text.contains(&format!("\"{}\"", project::VERSION)), "{source}/{manifest} has another version than {}", project::VERSION);
    Ok(staged)
}

fn copy_licences(folder: &Path) -> anyhow::Result<()> {
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs_err::copy(project::root().join(licence), folder.join(licence))?;
    }
    Ok(())
}

/// Packs the npm package in `staged` into a file of `folder`.
pub fn npm_pack(staged: &Path, folder: &Path, progress: &Progress) -> anyhow::Result<PathBuf> {
    let printed = process::run(project::command("npm").args(["pack", "--pack-destination"]).arg(folder).current_dir(staged), progress)?;
    Ok(folder.join(printed.lines().last().context("npm has packed nothing")?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_npm_package_names_the_package_of_each_platform() {
        let manifest = fs_err::read_to_string(project::root().join("emulator/npm/package.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let version = &manifest["version"];
        let expected: serde_json::Map<String, serde_json::Value> =
            PLATFORMS.iter().map(|it| (format!("{PROGRAM}-{}", it.name()), version.clone())).collect();
        assert_eq!(manifest["optionalDependencies"], serde_json::Value::Object(expected));
    }
}
