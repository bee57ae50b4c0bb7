//! Finds Python with `venv`, and installs packages of PyPI in virtual environments.

use crate::console::{self, Progress};
use crate::{files, process, project};
use anyhow::Context;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(super) fn missing_packages() -> Vec<&'static str> {
    // On Debian, `ensurepip` is in a separate package. Without it a virtual environment gets no pip.
    let mut probe = Command::new("python3");
    let has_venv = probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if has_venv.is_ok_and(|it| it.success()) { Vec::new() } else { vec!["python3", "python3-venv"] }
}

/// A virtual environment.
pub struct PythonTools {
    /// The folder of its programs.
    pub programs: PathBuf,
    pub python: PathBuf,
    /// A folder with its packages as wheels, for environments that pip creates without the network.
    pub wheels: PathBuf,
}

/// Installs the tools that build and check a Python package. pyproject.toml names hatchling, too.
pub fn ensure_python_tools() -> anyhow::Result<PythonTools> {
    ensure("python", "hatchling==1.27.0 mypy==2.4.1 pytest==9.2.0")
}

/// Installs Zig, whose linker and C compiler work for all platforms, and the program with which cargo uses them.
pub(super) fn ensure_zig() -> anyhow::Result<PythonTools> {
    ensure("zig", "ziglang==0.17.1 cargo-zigbuild==0.24.1")
}

/// Installs these packages from PyPI, unless these versions are installed.
fn ensure(name: &str, packages: &str) -> anyhow::Result<PythonTools> {
    let folder = project::tools().join(name);
    let programs = folder.join("environment/bin");
    let tools = PythonTools { python: programs.join("python"), programs, wheels: folder.join("wheels") };
    let pip = |arguments: &[&str], progress: &Progress| {
        let mut pip = project::command(&tools.python);
        pip.args(["-m", "pip", "--disable-pip-version-check"]).args(arguments).arg(&tools.wheels).args(packages.split(' '));
        process::run(&mut pip, progress)
    };
    files::once(&folder.join("installed"), packages, || {
        console::step(&format!("pip install {packages}"), |progress| {
            let environment = folder.join("environment");
            process::run(project::command("python3").args(["-m", "venv", "--clear"]).arg(environment), progress)?;
            pip(&["download", "--quiet", "--dest"], progress)?;
            pip(&["install", "--quiet", "--no-index", "--find-links"], progress).map(drop)
        })
        .with_context(|| format!("{packages} could not be installed from PyPI (Debian: apt install python3-venv)"))
    })?;
    Ok(tools)
}
