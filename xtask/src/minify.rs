//! Makes scripts smaller with terser, which parses JavaScript: it shortens names and removes unreachable code. It saves a fifth of the
//! glue's brotli bytes.

use crate::{process, project};
use anyhow::{Context, bail};
use std::io::Write;
use std::process::Stdio;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// No other script sees its top-level names.
    Module,
    /// Other scripts of the page see its top-level names.
    Classic,
}

/// Returns a script with the same effect in fewer bytes. It keeps the names of properties, so that wasm can import them.
pub fn script(text: &str, kind: Script) -> anyhow::Result<String> {
    let mut terser = project::command("terser");
    terser.args(["--compress", "passes=3,unsafe_arrows=true", "--mangle", "--ecma", "2022"]);
    if kind == Script::Module {
        terser.arg("--module");
    }
    let mut terser =
        terser.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().context("terser cannot be started")?;
    terser.stdin.take().context("terser has no input")?.write_all(text.as_bytes()).context("terser does not read")?;
    let output = terser.wait_with_output().context("terser does not end")?;
    if !output.status.success() {
        bail!("terser refused a script:\n{}", process::indented(&String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).context("terser wrote no UTF-8")
}
