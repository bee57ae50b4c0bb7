//! The paths of the workspace, its version, and the environment in which child programs run.

use crate::process;
use anyhow::Context;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// The version of all packages of the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The text of a file, by its path in the workspace.
pub fn read(path: &str) -> std::io::Result<String> {
    fs_err::read_to_string(root().join(path))
}

/// The folder for files that only xtask writes. CARGO_TARGET_DIR does not move it.
pub fn target() -> PathBuf {
    root().join("target")
}

/// The folder of the tools that `setup` installs. XTASK_TOOLS moves it, for the caches of CI.
pub fn tools() -> PathBuf {
    std::env::var_os("XTASK_TOOLS").map_or_else(|| target().join("tools"), PathBuf::from)
}

/// The folder with the release build of the app.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The development sites, as a part of a server's configuration. Browsers reach FusionAuth on `auth_port`.
pub fn development_sites(auth_port: u16) -> anyhow::Result<String> {
    Ok(read("shop/deploy/development.toml")?.replace("AUTH_PORT", &auth_port.to_string()))
}

/// The folder of native builds: CARGO_TARGET_DIR if it is set.
pub fn native_target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(target, |folder| root().join(folder))
}

/// Cargo's profile for programs that run on this machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NativeProfile {
    Debug,
    Release,
}

pub fn program(name: &str) -> PathBuf {
    program_of(name, NativeProfile::Debug)
}

/// A program that cargo has built with this profile.
pub fn program_of(name: &str, profile: NativeProfile) -> PathBuf {
    let folder = match profile {
        NativeProfile::Debug => "debug",
        NativeProfile::Release => "release",
    };
    native_target_folder().join(folder).join(name)
}

/// The folder of WebAssembly builds. Native builds have another one, so that neither build waits for the other's lock.
pub fn wasm_target_folder() -> PathBuf {
    target().join("wasm")
}

/// A program for browsers that cargo has built for a release.
pub fn wasm_program(name: &str) -> PathBuf {
    wasm_target_folder().join(WASM_TARGET).join(WASM_RELEASE).join(name).with_extension("wasm")
}

/// The folder with the built app of the project that the tests make from `session/template/`.
pub fn template_dist() -> PathBuf {
    wasm_target_folder().join("template")
}

pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// Git's tags of releases, one in each line, newest version first.
pub fn release_tags() -> anyhow::Result<String> {
    process::stdout_of(command("git").args(["tag", "--sort=-version:refname", "--list", "v*"])).context("git can't list its tags")
}

/// A command in the workspace's root, with the tools of `setup` first on PATH. This removes the variables that `cargo run` has set for this
/// process, because build scripts run again whenever one of them differs.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let from_cargo = name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_BIN_");
        if from_cargo || matches!(&*name, "CARGO" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "LD_LIBRARY_PATH" | "OUT_DIR") {
            command.env_remove(&*name);
        }
    }
    command.env("PATH", path());
    // Trunk parses NO_COLOR as a boolean and fails on `1`.
    if std::env::var_os("NO_COLOR").is_some() {
        command.env("NO_COLOR", "true");
    }
    command
}

/// Cargo, for native builds.
pub fn cargo() -> Command {
    let mut cargo = command("cargo");
    cargo.env("CARGO_TARGET_DIR", native_target_folder());
    if LINTS.load(Ordering::Relaxed) {
        // Like `cargo clippy -- -D warnings`, but with a real compilation instead of a check.
        cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", "-Dwarnings");
    }
    cargo
}

/// Cargo in a folder outside of the workspace, where its lints do not apply.
pub fn cargo_outside(folder: &Path) -> Command {
    let mut cargo = command("cargo");
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", native_target_folder());
    cargo
}

/// Makes every later [`cargo()`] of this process compile the workspace's packages with clippy, where each warning is an error. `cargo
/// clippy` would check all dependencies again, which the tests compile anyway.
pub fn lint_while_compiling() {
    LINTS.store(true, Ordering::Relaxed);
}

static LINTS: AtomicBool = AtomicBool::new(false);

/// The packages to publish, in the order of their dependencies.
pub const PUBLIC_PACKAGES: [&str; 9] = [
    "fusionauth-api",
    "fusionauth-session",
    "fusionauth-session-web",
    "leptos-fusionauth",
    "fusionauth-forms",
    "leptos-fusionauth-forms",
    "wire-recorder",
    "fusionauth-emulator",
    "device-bound-sessions",
];

/// Packages that are built for browsers only. All others are built natively.
pub const BROWSER_PACKAGES: [&str; 5] =
    ["fusionauth-session-js", "fusionauth-session-web", "leptos-fusionauth", "leptos-fusionauth-forms", "storefront"];
/// Packages that replace a dependency of Leptos. They are compiled for browsers only.
const REPLACED_DEPENDENCIES: [&str; 1] = ["wasm-streams"];

/// A command of cargo for all packages that are built natively. Cargo chooses the features of dependencies by the packages that a command
/// names. A command that names fewer packages would compile most dependencies again.
pub fn natively(subcommand: &str) -> Command {
    let mut cargo = cargo();
    cargo.args([subcommand, "--workspace"]);
    for package in BROWSER_PACKAGES.iter().chain(&REPLACED_DEPENDENCIES) {
        cargo.args(["--exclude", package]);
    }
    cargo
}

/// A command that builds these programs with the features of the tests, so that their dependencies are compiled once for both.
pub fn build_programs(programs: &[&str]) -> Command {
    build_programs_of(programs, NativeProfile::Debug)
}

/// A command that builds these programs with this profile.
pub fn build_programs_of(programs: &[&str], profile: NativeProfile) -> Command {
    let mut cargo = natively("build");
    programs.iter().for_each(|program| {
        cargo.args(["--bin", program]);
    });
    match profile {
        // Cargo uses the features of tests only if the command names a test, so this names the one with the fewest dependencies.
        NativeProfile::Debug => cargo.args(["--test", "smallest_brotli"]),
        NativeProfile::Release => cargo.arg("--release"),
    };
    cargo
}

/// Makes `cargo test` run two tests per processor at the same time, unless the environment sets a number. This suits tests of servers and
/// browsers, which wait more than they compute.
pub fn with_more_threads(cargo: &mut Command) -> &mut Command {
    const VARIABLE: &str = "RUST_TEST_THREADS";
    match (std::env::var_os(VARIABLE), std::thread::available_parallelism()) {
        (None, Ok(processors)) => cargo.env(VARIABLE, (2 * processors.get()).to_string()),
        _ => cargo,
    }
}

/// The target of everything that runs in a browser.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The target of static programs.
pub const STATIC_TARGET: &str = "x86_64-unknown-linux-musl";
/// Cargo's profile for releases of the app.
pub const WASM_RELEASE: &str = "wasm-release";

/// The Rust toolchain that builds WebAssembly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The default toolchain of `cargo`.
    Default,
    /// Debian's compiler, which `setup` links to rustup as `debian` if rustup cannot download.
    Debian,
}

impl WasmToolchain {
    /// The first toolchain on this machine that has the standard library for WebAssembly.
    pub fn find() -> Option<Self> {
        [Self::Default, Self::Debian].into_iter().find(|toolchain| toolchain.has_target())
    }

    /// Makes `command` use this toolchain and the folder of WebAssembly builds. `command` is cargo, or a program that calls cargo.
    pub fn apply(self, command: &mut Command) {
        command.env("CARGO_TARGET_DIR", wasm_target_folder());
        self.select(command);
    }

    /// As [`Self::apply`], for a release with this standard library.
    pub fn apply_release(self, library: StandardLibrary, command: &mut Command) {
        self.apply(command);
        // Cargo adds the flags below to those of .cargo/config.toml. RUSTFLAGS and CARGO_ENCODED_RUSTFLAGS would replace both.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        let mut flags = DIVISIBLE.to_owned();
        if library == StandardLibrary::FromSource {
            build_library_without_panic_messages(command);
            flags.push_str(WITHOUT_PANIC_MESSAGES);
        }
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    }

    /// Whether the source of the standard library is installed.
    pub fn has_library_source(self) -> bool {
        self.rustlib().is_some_and(|rustlib| rustlib.join("src/rust/library/Cargo.lock").is_file())
    }

    fn select(self, command: &mut Command) {
        if self == Self::Debian {
            command.env("RUSTUP_TOOLCHAIN", "debian");
        }
    }

    fn has_target(self) -> bool {
        let Some(rustlib) = self.rustlib() else { return false };
        let Ok(library) = fs_err::read_dir(rustlib.join(WASM_TARGET).join("lib")) else { return false };
        library.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd"))
    }

    /// The folder with the compiler's libraries and their source.
    fn rustlib(self) -> Option<PathBuf> {
        let mut rustc = command("rustc");
        self.select(&mut rustc);
        process::stdout_of(rustc.args(["--print", "sysroot"])).map(|sysroot| Path::new(&sysroot).join("lib/rustlib"))
    }
}

/// The flags for a program that `wasm-splitter` can divide: with the marks of `wasm-part`, and with the linker's relocations.
const DIVISIBLE: &str = "--cfg=storefront_split -Clink-args=--emit-relocs";
const WITHOUT_PANIC_MESSAGES: &str = " -Zunstable-options -Cpanic=immediate-abort";

/// Makes cargo compile the standard library with the app. A panic then becomes a trap, and the wasm contains no panic messages, which no
/// user of a browser reads.
///
/// A stable compiler accepts these options only with RUSTC_BOOTSTRAP. Build scripts see that variable as well: those of anyhow, proc-macro2
/// and thiserror then use features of the nightly compiler. So only releases use these options.
fn build_library_without_panic_messages(command: &mut Command) {
    command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
    command.env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
}

/// The standard library with which a release of the app is built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StandardLibrary {
    /// Compiled with the app, without the messages of panics.
    FromSource,
    /// The library that is installed with the toolchain. Its panic messages add a tenth to the app's bytes on the wire.
    Installed,
}

impl StandardLibrary {
    /// A budget for [`Self::FromSource`], adapted to a build with this library.
    pub const fn budget(self, bytes: u64) -> u64 {
        match self {
            Self::FromSource => bytes,
            Self::Installed => bytes + bytes / 8,
        }
    }

    /// Parses what `Display` writes.
    pub fn named(name: &str) -> Option<Self> {
        [Self::FromSource, Self::Installed].into_iter().find(|library| library.to_string() == name)
    }
}

impl std::fmt::Display for StandardLibrary {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::FromSource => "standard library from source",
            Self::Installed => "installed standard library",
        })
    }
}

impl std::fmt::Display for WasmToolchain {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Self::Default => "the default toolchain",
            Self::Debian => "toolchain debian",
        })
    }
}

fn path() -> std::ffi::OsString {
    // Trunk looks for wasm-bindgen on PATH.
    let programs = program("wasm-bindgen").parent().map(Path::to_owned).unwrap_or_default();
    let ours = [tools().join("bin"), tools().join("npm/node_modules/.bin"), programs];
    let theirs = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(ours.into_iter().chain(std::env::split_paths(&theirs))).unwrap_or(theirs)
}

/// PATH with this folder first.
pub fn path_with(folder: &Path) -> std::ffi::OsString {
    let path = path();
    std::env::join_paths(std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path))).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_release_switches_on_unstable_options() {
        let is_set = |command: &Command| command.get_envs().any(|(name, value)| name == "RUSTC_BOOTSTRAP" && value.is_some());
        let (mut development, mut plain, mut release) = (Command::new("cargo"), Command::new("cargo"), Command::new("cargo"));
        WasmToolchain::Default.apply(&mut development);
        WasmToolchain::Default.apply_release(StandardLibrary::Installed, &mut plain);
        WasmToolchain::Default.apply_release(StandardLibrary::FromSource, &mut release);
        assert_eq!([&development, &plain, &release].map(is_set), [false, false, true]);
    }

    #[test]
    fn flags_of_the_configuration_are_kept() -> anyhow::Result<()> {
        let mut cargo = command("cargo");
        WasmToolchain::Default.apply_release(StandardLibrary::FromSource, &mut cargo);
        cargo.args(["config", "get", "-Zunstable-options", "--format=json-value", "target.wasm32-unknown-unknown.rustflags"]);
        let flags = process::stdout_of(&mut cargo).context("`cargo config get` fails")?;
        for flag in ["--cfg=erase_components", "--cfg=storefront_split", "--emit-relocs", "-Zunstable-options", "-Cpanic=immediate-abort"] {
            assert!(flags.contains(flag), "{flags}");
        }
        Ok(())
    }
}
