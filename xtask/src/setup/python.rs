//! Finds Python with `venv`, because a test of the emulator runs FusionAuth's official Python client in a virtual environment.

use std::process::{Command, Stdio};

pub(super) fn missing_packages() -> Vec<&'static str> {
    // On Debian, `ensurepip` is in a separate package. Without it a virtual environment gets no pip.
    let mut probe = Command::new("python3");
    let has_venv = probe.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if has_venv.is_ok_and(|it| it.success()) { Vec::new() } else { vec!["python3", "python3-venv"] }
}
