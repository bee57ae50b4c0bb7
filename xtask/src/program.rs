//! The program that a page loads: the wasm, and the glue that wasm-bindgen has written for it.
//!
//! Both share names, and code is removed from both, so they are changed together.

use crate::console::Progress;
use crate::dist::{files, name, read};
use crate::{glue, process, project, snippets};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// The wasm and its glue, each with its path below the folder that they were read from.
pub struct Program {
    wasm: (PathBuf, Vec<u8>),
    glue: (PathBuf, Vec<u8>),
}

impl Program {
    /// Reads the output of [`bind`], and makes it smaller.
    pub fn link(staging: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let all = files(staging)?;
        let wasm = all.iter().find(|file| name(file).ends_with("_bg.wasm")).context("wasm-bindgen wrote no wasm")?;
        let glue = wasm.with_file_name(name(wasm).replace("_bg.wasm", ".js"));
        let text = String::from_utf8(read(&glue)?).context("wasm-bindgen's glue is no UTF-8")?;
        let text = snippets::inline(&text, |path| String::from_utf8(read(&glue.with_file_name(path))?).context("a snippet is no UTF-8"))?;
        let (text, bytes) = glue::remove_unused(&text, &read(wasm)?)?;
        let (text, bytes) = glue::rename(&text, &optimise(&bytes, progress)?)?;
        let relative = |file: &Path| file.strip_prefix(staging).unwrap_or(file).to_owned();
        Ok(Self { wasm: (relative(wasm), bytes), glue: (relative(&glue), text.into_bytes()) })
    }

    /// Whether a file has become a part of the glue, so that it need not be served.
    pub fn includes(&self, relative: &Path) -> bool {
        relative.starts_with(snippets::FOLDER)
    }

    pub fn wasm(&self) -> &[u8] {
        &self.wasm.1
    }

    pub fn glue(&self) -> &[u8] {
        &self.glue.1
    }

    pub fn content(&self, relative: &Path) -> Option<&[u8]> {
        [&self.wasm, &self.glue].into_iter().find(|(file, _)| file == relative).map(|(_, content)| content.as_slice())
    }
}

/// Runs wasm-bindgen, which writes the program and its glue into a folder.
pub fn bind(wasm: &Path, to: &Path, progress: &Progress) -> anyhow::Result<()> {
    let mut bindgen = project::command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(to).arg(wasm);
    process::run(&mut bindgen, progress).map(drop)
}

/// Runs wasm-opt. After LTO the levels differ by 2 %, and `-O2` gives the smallest file after brotli. The features are those that rustc
/// uses; with `--all-features` binaryen would write instructions that browsers do not have.
fn optimise(wasm: &[u8], progress: &Progress) -> anyhow::Result<Vec<u8>> {
    let folder = project::wasm_target_folder();
    let (input, output) = (folder.join("linked.wasm"), folder.join("optimised.wasm"));
    std::fs::write(&input, wasm).with_context(|| format!("cannot write {}", input.display()))?;
    let mut wasm_opt = project::command("wasm-opt");
    for feature in
        ["bulk-memory", "bulk-memory-opt", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"]
    {
        wasm_opt.arg(format!("--enable-{feature}"));
    }
    wasm_opt.args(["-O2", "--strip-debug", "--strip-producers", "--strip-target-features"]).arg(&input).arg("-o").arg(&output);
    process::run(&mut wasm_opt, progress)?;
    read(&output)
}
