//! FusionAuth's official Python client, from PyPI and unmodified, runs against the emulator. It needs `python3` with `venv` and
//! `pip`; without them the test says so and passes, unless `CI` is `true`.

use crate::test_emulator::TestEmulator;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The package to install.
const PACKAGE: &str = "fusionauth-client==1.69.0";

#[tokio::test(flavor = "multi_thread")]
async fn the_official_client_works_unmodified() {
    let python = match tokio::task::spawn_blocking(environment).await.unwrap() {
        Ok(python) => python,
        Err(problem) if std::env::var("CI").is_ok_and(|it| it == "true") => panic!("{problem}"),
        Err(problem) => {
            // Test runners capture the output of `eprintln!`, but not of this `writeln!`, so developers see the message.
            writeln!(std::io::stderr(), "NOT RUN: FusionAuth's Python client against the emulator: {problem}").unwrap();
            return;
        }
    };
    let emulator = TestEmulator::start().await;
    let (url, now) = (emulator.url(), emulator.now_seconds().to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/official_client.py");
    let output = tokio::task::spawn_blocking(move || run(Command::new(python).args(["-B", script, &url, &now]))).await.unwrap();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.lines().count(), 6, "{said}");
}

/// The Python interpreter of a virtual environment with the client. The first run creates the environment under `target`.
fn environment() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fusionauth-client");
    fs::create_dir_all(&folder).map_err(|it| it.to_string())?;
    // If two test runs need the environment at once, only one creates it.
    let lock = File::create(folder.join("lock")).map_err(|it| it.to_string())?;
    lock.lock().map_err(|it| it.to_string())?;
    let venv = folder.join("venv");
    let python = venv.join("bin/python");
    let marker = folder.join("installed");
    if fs::read_to_string(&marker).is_ok_and(|it| it == PACKAGE) && python.exists() {
        return Ok(python);
    }
    let step = |command: &mut Command, what: &str| -> Result<(), String> {
        let output = run(command).map_err(|error| format!("{what}: {error}"))?;
        let words = || format!("{what}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if output.status.success() { Ok(()) } else { Err(words()) }
    };
    step(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv), "python3 -m venv (Debian: apt install python3-venv)")?;
    let mut install = Command::new(&python);
    step(install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE]), "pip install")?;
    fs::write(marker, PACKAGE).map_err(|it| it.to_string())?;
    Ok(python)
}

/// Runs a command. Its requests to the emulator must not use the proxy of a developer's shell, because the emulator is on this machine.
fn run(command: &mut Command) -> std::io::Result<Output> {
    command.env("NO_PROXY", "127.0.0.1,localhost").env("PYTHONDONTWRITEBYTECODE", "1").output()
}
