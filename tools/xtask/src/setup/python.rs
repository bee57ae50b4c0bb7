//! Finds Python with `venv`. The tests of the emulator and of its Python package run in virtual environments.

use crate::console::{self, Progress};
use crate::{process, project};
use anyhow::Context;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub(super) fn missing_packages() -> Vec<&'static str> {
    // On Debian, `ensurepip` is in a separate package. Without it a virtual environment gets no pip.
    let mut probe = Command::new("python3");
    let has_venv = probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if has_venv.is_ok_and(|it| it.success()) { Vec::new() } else { vec!["python3", "python3-venv"] }
}

/// The tools that build and check a Python package.
pub struct PythonTools {
    /// The interpreter of a virtual environment with the tools.
    pub python: PathBuf,
    /// A folder with the tools as wheels, for environments that pip creates without the network.
    pub wheels: PathBuf,
}

/// pyproject.toml names hatchling, too.
const TOOLS: [&str; 3] = ["hatchling==1.27.0", "mypy==2.4.1", "pytest==9.2.0"];

/// Zig, whose linker and C compiler work for all platforms, and the program with which cargo uses them.
const ZIG: [&str; 2] = ["ziglang==0.17.1", "cargo-zigbuild==0.24.1"];

/// Installs Zig from PyPI, unless this version is installed. Returns the folder of its programs.
pub(super) fn ensure_zig() -> anyhow::Result<PathBuf> {
    let environment = project::tools().join("zig");
    let (programs, marker, installed) = (environment.join("bin"), environment.join("installed"), ZIG.join("\n"));
    if fs_err::read_to_string(&marker).is_ok_and(|it| it == installed) {
        return Ok(programs);
    }
    console::step(&format!("pip install {}", ZIG.join(" ")), |progress| {
        process::run(project::command("python3").args(["-m", "venv", "--clear"]).arg(&environment), progress)?;
        let mut pip = project::command(programs.join("python"));
        process::run(pip.args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]).args(ZIG), progress)
    })
    .context("Zig could not be installed from PyPI (Debian: apt install python3-venv)")?;
    fs_err::write(&marker, installed)?;
    Ok(programs)
}

/// Installs the tools from PyPI, unless these versions are installed.
pub(super) fn ensure_tools() -> anyhow::Result<PythonTools> {
    let folder = project::tools().join("python");
    let (environment, wheels, marker) = (folder.join("environment"), folder.join("wheels"), folder.join("installed"));
    let tools = PythonTools { python: environment.join("bin/python"), wheels };
    let installed = TOOLS.join("\n");
    if fs_err::read_to_string(&marker).is_ok_and(|it| it == installed) && tools.python.exists() {
        return Ok(tools);
    }
    let pip = |arguments: &[&str], progress: &Progress| {
        let mut pip = project::command(&tools.python);
        pip.args(["-m", "pip", "--disable-pip-version-check"]).args(arguments).arg(&tools.wheels).args(TOOLS);
        process::run(&mut pip, progress)
    };
    console::step(&format!("pip install {}", TOOLS.join(" ")), |progress| {
        process::run(project::command("python3").args(["-m", "venv", "--clear"]).arg(&environment), progress)?;
        pip(&["download", "--quiet", "--dest"], progress)?;
        pip(&["install", "--quiet", "--no-index", "--find-links"], progress)
    })
    .context("the tools for Python packages could not be installed from PyPI (Debian: apt install python3-venv)")?;
    fs_err::write(&marker, installed)?;
    Ok(tools)
}
