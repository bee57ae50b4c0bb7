//! Packages the libraries and the emulator as `cargo publish` would, and builds these packages outside the workspace.
//!
//! The native packages are built as another project would build them, so this fails if a package lacks a file. The session library's
//! packages are built with the application that its README shows, and with the dependencies that the README names, so this also fails if the
//! README omits a step. [`template`] makes a project of its own. The builds download nothing, because all other crates have the versions of
//! this workspace.

use super::options::{Context, Suite};
use super::report::{Report, check};
use super::template;
use crate::{console::Progress, files, process, project};
use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};

/// The packages that are built natively, with all features. The others are part of the README's application, which is built for browsers.
const NATIVE_PACKAGES: [&str; 3] = ["wire-recorder", "fusionauth-emulator", "device-bound-sessions"];

pub(super) fn run(context: &Context, report: &mut Report) {
    report.step(Suite::Unit, "packages: the emulator and the servers' libraries, built outside the workspace", |progress| {
        let folder = unpacked(progress)?;
        let members = format!("[workspace]\nresolver = \"3\"\nmembers = {NATIVE_PACKAGES:?}\n\n{}", shared_settings(&folder)?);
        fs_err::write(folder.join("Cargo.toml"), members)?;
        copy_lock_file(&folder)?;
        for package in NATIVE_PACKAGES {
            // One command for each package, because Cargo chooses the features of dependencies by all packages of a command.
            let mut cargo = project::cargo_outside(&folder);
            check(cargo.args(["build", "--offline", "--all-features", "-p", package]), progress)?;
        }
        Ok(None)
    });
    report.step(Suite::Unit, "packages: the README's application, built from them outside the workspace", |progress| {
        let folder = unpacked(progress)?;
        write_app(&folder)?;
        let mut cargo = project::cargo_outside(&folder.join("app"));
        context.environment.toolchain.apply(&mut cargo);
        check(cargo.args(["build", "--offline", "--target", project::WASM_TARGET]), progress)
    });
    report.step(Suite::Unit, "template: a project outside the workspace, its tests", template::test);
}

/// Packages all public packages, and unpacks each into a folder with its name. Returns the folder of these folders.
pub(super) fn unpacked(progress: &Progress) -> anyhow::Result<PathBuf> {
    let mut cargo = project::cargo();
    // Not offline: outside the workspace Cargo also looks at crates.io for the one crate that the workspace replaces.
    cargo.args(["package", "--no-verify", "--allow-dirty"]);
    project::PUBLIC_PACKAGES.iter().for_each(|package| {
        cargo.args(["-p", package]);
    });
    process::run(&mut cargo, progress)?;
    let folder = project::target().join("packages");
    files::empty(&folder)?;
    for package in project::PUBLIC_PACKAGES {
        let into = folder.join(package);
        fs_err::create_dir_all(&into)?;
        let file = project::native_target_folder().join(format!("package/{package}-{}.crate", project::VERSION));
        process::run(project::command("tar").args(["-x", "-z", "--strip-components=1", "-C"]).arg(into).arg("-f").arg(file), progress)?;
    }
    Ok(folder)
}

fn write_app(folder: &Path) -> anyhow::Result<()> {
    let app = folder.join("app");
    let readme = fs_err::read_to_string(folder.join("leptos-fusionauth/README.md"))?;
    let dependencies = code_block(&readme, "```toml\n[dependencies]").context("README.md names no dependencies")?;
    let program = code_block(&readme[heading(&readme)?..], "```rust,no_run\n").context("README.md shows no application")?;
    ensure!(program.contains("RequireSession"), "README.md's application has no guard");
    files::write(app.join("src/main.rs"), program)?;
    let package = "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]";
    let manifest = format!("{package}\n\n[dependencies]{dependencies}\n{}", shared_settings(folder)?);
    fs_err::write(app.join("Cargo.toml"), manifest)?;
    copy_lock_file(&app)
}

fn heading(readme: &str) -> anyhow::Result<usize> {
    readme.find("## A whole application").context("README.md has no section for the application")
}

/// The rest of a code block that begins with `start`.
fn code_block<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.split_once(start)?.1.split_once("```").map(|(block, _)| block)
}

/// The end of a manifest outside the workspace: this workspace's development profile, so that Cargo reuses the dependencies that it has
/// already compiled, and the unpacked packages in place of those of crates.io.
pub(super) fn shared_settings(packages: &Path) -> anyhow::Result<String> {
    let manifest = project::read("Cargo.toml")?;
    // Profiles of packages that a project does not use cause warnings only.
    let profile = manifest.split("\n[").filter(|section| section.starts_with("profile.dev")).map(|section| format!("[{section}\n"));
    let path = |name: &str, folder: &Path| format!("{name} = {{ path = {:?} }}\n", folder.display().to_string());
    let replaced = project::PUBLIC_PACKAGES.map(|package| path(package, &packages.join(package)));
    // The copied lock file names the stand-in, and the published crate may not have been downloaded.
    let stand_in = path("wasm-streams", &project::root().join("tools/wasm-streams"));
    Ok(format!("{}\n[patch.crates-io]\n{}{stand_in}", profile.collect::<String>(), replaced.concat()))
}

pub(super) fn copy_lock_file(folder: &Path) -> anyhow::Result<()> {
    fs_err::copy(project::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}
