//! Packages the libraries, and builds from these packages an application outside the workspace.
//!
//! The application is the one that the session library's README shows, with the dependencies that the README names, so this fails if the
//! README omits a step. Nothing is downloaded, because all other crates have the versions of this workspace.

use super::options::{Context, Suite};
use super::report::{Report, check};
use crate::{console::Progress, process, project};
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};

pub(super) fn run(context: &Context, report: &mut Report) {
    report.step(Suite::Unit, "packages of the libraries", |progress| {
        let mut cargo = project::cargo();
        cargo.args(["package", "--offline", "--no-verify", "--allow-dirty"]);
        project::PUBLIC_PACKAGES.iter().for_each(|package| {
            cargo.args(["-p", package]);
        });
        check(&mut cargo, progress)
    });
    report.step(Suite::Unit, "packages: the README's application, built from them outside the workspace", |progress| {
        let folder = project::target().join("packages");
        unpack(&folder, progress)?;
        write_app(&folder)?;
        let mut cargo = project::cargo();
        context.environment.toolchain.apply(&mut cargo);
        cargo.current_dir(folder.join("app")).args(["build", "--offline", "--target", "wasm32-unknown-unknown"]);
        check(&mut cargo, progress)
    });
}

/// Unpacks each package into a folder with its name.
fn unpack(folder: &Path, progress: &Progress) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    for package in project::PUBLIC_PACKAGES {
        let into = folder.join(package);
        std::fs::create_dir_all(&into)?;
        let file = project::native_target_folder().join(format!("package/{package}-{}.crate", project::locked_version(package)?));
        process::run(project::command("tar").args(["-x", "-z", "--strip-components=1", "-C"]).arg(into).arg("-f").arg(file), progress)?;
    }
    Ok(())
}

fn write_app(folder: &Path) -> anyhow::Result<()> {
    let app = folder.join("app");
    std::fs::create_dir_all(app.join("src"))?;
    let readme = std::fs::read_to_string(folder.join("leptos-fusionauth/README.md")).context("the package has no README.md")?;
    let dependencies = code_block(&readme, "```toml\n[dependencies]").context("README.md names no dependencies")?;
    let program = code_block(&readme[heading(&readme)?..], "```rust,no_run\n").context("README.md shows no application")?;
    ensure!(program.contains("RequireSession"), "README.md's application has no guard");
    std::fs::write(app.join("src/main.rs"), program)?;
    std::fs::write(app.join("Cargo.toml"), manifest(dependencies, folder))?;
    std::fs::copy(project::root().join("Cargo.lock"), app.join("Cargo.lock"))?;
    Ok(())
}

fn heading(readme: &str) -> anyhow::Result<usize> {
    readme.find("## A whole application").context("README.md has no section for the application")
}

/// The rest of a code block that begins with `start`.
fn code_block<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once("```").map(|(block, _)| block)
}

/// The same profile as in this workspace, so that Cargo reuses the dependencies that it has already compiled.
const DEVELOPMENT_PROFILE: &str = "[profile.dev.package.\"*\"]\ndebug = false\n";

fn manifest(dependencies: &str, packages: &Path) -> String {
    let mut text = format!(
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n{DEVELOPMENT_PROFILE}\n[dependencies]{dependencies}\n[patch.crates-io]\n"
    );
    let folders = project::PUBLIC_PACKAGES.map(|package| (package, packages.join(package)));
    // The copied lock file names the stand-in, and the published crate may not have been downloaded.
    let stand_in: [(&str, PathBuf); 1] = [("wasm-streams", project::root().join("crates/wasm-streams"))];
    for (name, folder) in folders.iter().take(3).chain(&stand_in) {
        text.push_str(&format!("{name} = {{ path = {:?} }}\n", folder.display().to_string()));
    }
    text
}
