//! Makes a project from `session/template/` outside the workspace, runs its tests, and builds its app.
//!
//! This fills the placeholders itself, because cargo-generate takes minutes to install. The project uses the packages that would be
//! published, in place of those of the repository whose URL cargo-generate asks for.

use super::packages;
use super::report::{TestCount, check, run_tests};
use crate::console::Progress;
use crate::project::{self, WasmToolchain};
use crate::{files, process};
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the project's tests. They also compile its programs.
pub(super) fn test(progress: &Progress) -> anyhow::Result<TestCount> {
    let folder = project(progress)?;
    check(project::cargo_outside(&folder).args(["fmt", "--all", "--check"]), progress)?;
    run_tests(&mut cargo_test(&folder), progress)
}

/// Builds the project's backend and its app.
pub(super) fn build(toolchain: WasmToolchain, progress: &Progress) -> anyhow::Result<()> {
    let folder = project(progress)?;
    check(cargo_test(&folder).arg("--no-run"), progress)?;
    let mut trunk = project::command("trunk");
    trunk.current_dir(folder).args(["build", "--offline", "--skip-version-check", "--dist"]).arg(project::template_dist());
    toolchain.apply(&mut trunk);
    check(&mut trunk, progress).map(drop)
}

fn cargo_test(folder: &Path) -> Command {
    let mut cargo = project::cargo_outside(folder);
    cargo.args(["test", "--offline"]);
    cargo
}

/// Makes the project, and returns its folder.
fn project(progress: &Progress) -> anyhow::Result<PathBuf> {
    let packages = packages::unpacked(progress)?;
    let folder = project::target().join("template");
    files::remove(&folder)?;
    process::run(project::command("cp").arg("-R").arg(project::root().join("session/template")).arg(&folder), progress)?;
    let manifest = folder.join("Cargo.toml");
    let template = fs_err::read_to_string(&manifest)?;
    fs_err::write(&manifest, filled(&template, &packages::shared_settings(&packages)?)?)?;
    packages::copy_lock_file(&folder)?;
    Ok(folder)
}

/// The manifest of a project: the template's, but with other packages in place of the repository's.
fn filled(template: &str, settings: &str) -> anyhow::Result<String> {
    let (manifest, patch) = template.split_once("[patch.crates-io]\n").context("the template's Cargo.toml has no patch")?;
    ensure!(!manifest.contains("{{"), "the template's Cargo.toml has a placeholder outside of its patch");
    let names = patch.lines().filter_map(|line| line.strip_suffix(" = { git = \"{{repository}}\" }"));
    for name in names {
        ensure!(project::PUBLIC_PACKAGES.contains(&name), "the template uses {name}, which is not published");
    }
    Ok(format!("{manifest}{settings}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_placeholder_of_the_template_is_the_repository() {
        let read = |path: &str| project::read(&format!("session/template/{path}")).unwrap();
        let filled = filled(&read("Cargo.toml"), "[profile.dev]\n").unwrap();
        assert!(filled.ends_with("[profile.dev]\n") && !filled.contains("{{"), "{filled}");
        let asked = read("cargo-generate.toml");
        assert!(asked.contains("include = [\"Cargo.toml\"]") && asked.matches("[placeholders.").count() == 1, "{asked}");
        assert!(asked.contains("[placeholders.repository]"));
    }
}
