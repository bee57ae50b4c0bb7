//! Command-line tools, each in one fixed version: used from PATH if it is that version, else installed into target/tools.

use super::apt;
use crate::console::{self, Progress};
use crate::{process, project};
use anyhow::{Context, bail};
use std::path::PathBuf;

/// A tool that `cargo install` makes.
pub(super) struct Tool {
    program: &'static str,
    package: &'static str,
    version: String,
    options: &'static [&'static str],
    about: &'static str,
}

/// The runner of browser tests comes with it. Its lock file names a yanked crate, so no `--locked`.
pub(super) fn wasm_bindgen() -> anyhow::Result<Tool> {
    let version = project::locked_version("wasm-bindgen")?;
    Ok(Tool { program: "wasm-bindgen", package: "wasm-bindgen-cli", version, options: &[], about: "1 to 2 minutes" })
}

/// 0.22 needs a newer compiler than ours. rustls: no OpenSSL headers wanted.
pub(super) fn trunk() -> Tool {
    let options = &["--locked", "--no-default-features", "--features", "rustls"];
    Tool { program: "trunk", package: "trunk", version: "0.21.14".to_owned(), options, about: "about 2 minutes" }
}

pub(super) fn geckodriver() -> Tool {
    Tool { program: "geckodriver", package: "geckodriver", version: "0.37.1".to_owned(), options: &[], about: "about 40 s" }
}

/// Installs those that are missing and names all of them.
pub(super) fn ensure(tools: &[Tool]) -> anyhow::Result<String> {
    let mut names = Vec::new();
    let build = build_folder();
    for tool in tools {
        let name = format!("{} {}", tool.program, tool.version);
        if !tool.is_there() {
            console::step(&format!("{name}: cargo install ({})", tool.about), |progress| tool.install(progress)).with_context(|| {
                format!("{name} could not be installed; `cargo install {} --version {}` by hand shows more", tool.package, tool.version)
            })?;
            if !tool.is_there() {
                bail!("{name} was installed, but `{} --version` says another version; is an older one first on PATH?", tool.program);
            }
        }
        names.push(name);
    }
    if build.exists() {
        // More than a gigabyte that nobody needs again. If it stays, it stays.
        let _ = std::fs::remove_dir_all(build);
    }
    Ok(names.join(", "))
}

impl Tool {
    fn is_there(&self) -> bool {
        let said = process::ask(project::command(self.program).arg("--version")).unwrap_or_default();
        said.lines().next().is_some_and(|line| line.split_whitespace().any(|word| word == self.version))
    }

    fn install(&self, progress: &Progress) -> anyhow::Result<()> {
        let mut cargo = project::cargo();
        cargo.args(["install", self.package, "--version", &self.version, "--force"]).args(self.options);
        cargo.arg("--root").arg(project::tools());
        // One folder for all: a broken-off install goes on where it was, and common crates are built once.
        cargo.env("CARGO_TARGET_DIR", build_folder());
        // They run for seconds; what counts is how long they take to build (trunk: 1:46 instead of 7 minutes).
        for (setting, value) in [("OPT_LEVEL", "0"), ("LTO", "off"), ("CODEGEN_UNITS", "256"), ("DEBUG", "0")] {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        process::run(&mut cargo, progress)?;
        Ok(())
    }
}

fn build_folder() -> PathBuf {
    project::tools().join("build")
}

/// The oldest binaryen that reads what today's rustc writes.
const OLDEST_WASM_OPT: u32 = 123;
const BINARYEN: &str = "132.0.0";

/// From PATH, or from the npm package `binaryen`. Names what is there.
pub(super) fn ensure_wasm_opt() -> anyhow::Result<String> {
    if let Some(version) = wasm_opt_version() {
        return Ok(format!("wasm-opt {version}"));
    }
    if process::find("npm").is_none() {
        if !apt::is_usable() {
            bail!("wasm-opt is missing: install binaryen {OLDEST_WASM_OPT} or newer, or Node.js with npm, from which it is then installed");
        }
        // One after the other: NodeSource's nodejs brings npm with it and conflicts with Debian's.
        for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
            if process::find(program).is_none() {
                apt::install_missing("wasm-opt", &[package])?;
            }
        }
    }
    let package = format!("binaryen@{BINARYEN}");
    console::step(&format!("wasm-opt: npm install {package}"), |progress| {
        let folder = project::tools().join("npm");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let mut npm = project::command("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"]).arg(folder).arg(&package);
        process::run(&mut npm, progress)
    })
    .context("wasm-opt could not be installed from npm; binaryen 123 or newer on PATH serves as well")?;
    let version =
        wasm_opt_version().context("binaryen was installed, but `wasm-opt --version` does not answer; is Node.js 18 or newer?")?;
    Ok(format!("wasm-opt {version}"))
}

fn wasm_opt_version() -> Option<u32> {
    let said = process::ask(project::command("wasm-opt").arg("--version"))?;
    let version = said.split_whitespace().find_map(|word| word.parse().ok())?;
    (version >= OLDEST_WASM_OPT).then_some(version)
}
