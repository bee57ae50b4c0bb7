//! Joins scripts with Rollup, and makes them smaller with terser. Both parse JavaScript. terser shortens names and removes unreachable code,
//! which saves a fifth of the glue's brotli bytes.

use crate::console::Progress;
use crate::{process, project};
use anyhow::Context;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A module with all scripts that it imports.
pub fn bundle(module: &Path, progress: &Progress) -> anyhow::Result<String> {
    // A module's namespace can be a plain object, because only generated code uses it.
    let options = ["--format", "es", "--generatedCode.preset", "es2015", "--no-generatedCode.symbols", "--no-freeze", "--silent"];
    process::run(project::command("rollup").arg(module).args(options), progress)
}

/// Returns a script with the same effect in fewer bytes. Other scripts of the page see its top-level names. It keeps the names of properties.
pub fn script(text: &str) -> anyhow::Result<String> {
    run(&mut terser(), text)
}

/// Like [`script`], for a module, whose top-level names no other script sees. Also renames the properties in `names`.
pub fn module(text: &str, names: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let mut terser = terser();
    terser.arg("--module");
    if !names.is_empty() {
        let cache = project::wasm_target_folder().join("names.json");
        // No name needs an escape in JSON, because all are identifiers and paths.
        let renamed: Vec<String> = names.iter().map(|(name, short)| format!("\"${name}\":\"{short}\"")).collect();
        let json = format!("{{\"props\":{{\"props\":{{{}}}}}}}", renamed.join(","));
        fs_err::write(&cache, json)?;
        let escaped = |name: &String| name.replace('.', "\\.").replace('/', "\\/").replace('$', "\\$");
        let pattern = names.keys().map(escaped).collect::<Vec<_>>().join("|");
        terser.arg("--name-cache").arg(cache).arg("--mangle-props").arg(format!("regex=/^({pattern})$/,keep_quoted=false"));
    }
    run(&mut terser, text)
}

fn terser() -> Command {
    let mut terser = project::command("terser");
    terser.args(["--compress", "passes=3,unsafe_arrows=true", "--mangle", "--ecma", "2022"]);
    terser
}

fn run(terser: &mut Command, text: &str) -> anyhow::Result<String> {
    String::from_utf8(process::pipe(terser, text.as_bytes())?).context("terser wrote no UTF-8")
}
