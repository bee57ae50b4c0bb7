//! Python with `venv`: a test of the emulator runs FusionAuth's official Python client in an environment of its own.

use std::process::{Command, Stdio};

pub(super) fn missing_packages() -> Vec<&'static str> {
    // Debian splits `ensurepip`, without which no environment gets a pip, from Python itself.
    let mut probe = Command::new("python3");
    let has_venv = probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if has_venv.is_ok_and(|it| it.success()) { Vec::new() } else { vec!["python3", "python3-venv"] }
}
