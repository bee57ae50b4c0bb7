//! The program that a page loads: the wasm, the glue that wasm-bindgen has written for it, and the parts that are loaded later.
//!
//! These files share names, and unused code is removed from all of them, so one module changes them together.

use crate::console::Progress;
use crate::dist::{files, name};
use crate::glue::{self, Renamed};
use crate::parts::{self, Parts};
use crate::wasm_module::Module;
use crate::{function_order, minify, process, project};
use anyhow::Context;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The wasm, its glue and the parts, each with its path below the folder that [`Program::link`] has read.
pub struct Program {
    wasm: (PathBuf, Vec<u8>),
    glue: (PathBuf, Vec<u8>),
    parts: Vec<(PathBuf, Vec<u8>)>,
}

impl Program {
    /// Reads the output of [`parts::divide`] in `staging`, and makes it smaller.
    pub fn link(staging: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let all = files(staging)?;
        let wasm = all.iter().find(|file| name(file).ends_with("_bg.wasm")).context("wasm-bindgen wrote no wasm")?;
        let glue = wasm.with_file_name(name(wasm).replace("_bg.wasm", ".js"));
        let text = fs_err::read_to_string(&glue)?;
        fs_err::write(&glue, glue::with_short_loader(&text)?)?;
        // A browser loads one file before the wasm can start, in place of one for each script of a crate.
        let text = minify::bundle(&glue, progress)?;
        let mut parts = Parts::read(staging, progress)?;
        let optimised = optimise(vec![("first".to_owned(), fs_err::read(wasm)?)], progress)?;
        let (_, bytes) = optimised.into_iter().next().context("wasm-opt wrote no module")?;
        let Renamed { wasm: bytes, names } = glue::rename(&bytes)?;
        parts.rename_imports(&names, glue::SHORT_MODULE)?;
        let parts = parts.files();
        let text = minify::module(&parts::list_in(&text, &parts)?, &names)?;
        let relative = |file: &Path| file.strip_prefix(staging).unwrap_or(file).to_owned();
        let parts = parts.into_iter().map(|part| (part.file, part.content)).collect();
        Ok(Self { wasm: (relative(wasm), bytes), glue: (relative(&glue), text.into_bytes()), parts })
    }

    /// Whether a file has become a part of the glue or of other files, so that it need not be served.
    pub fn includes(&self, relative: &Path) -> bool {
        // wasm-bindgen writes the crates' scripts into `snippets`.
        ["snippets", parts::FOLDER].iter().any(|folder| relative.starts_with(folder))
    }

    pub fn wasm(&self) -> &[u8] {
        &self.wasm.1
    }

    pub fn glue(&self) -> &[u8] {
        &self.glue.1
    }

    /// The parts, each with the file name that the glue contains.
    pub fn parts(&self) -> &[(PathBuf, Vec<u8>)] {
        &self.parts
    }

    pub fn content(&self, relative: &Path) -> Option<&[u8]> {
        [&self.wasm, &self.glue].into_iter().find(|(file, _)| file == relative).map(|(_, content)| content.as_slice())
    }
}

/// Runs wasm-opt twice on each of these named modules, and puts similar functions beside each other in between. After LTO the levels of
/// wasm-opt differ by 2 %. In brotli bytes of the first part (November 2026, before the names are shortened): `-O2` 118,695; `-Oz` 119,113;
/// `--flatten --rereloop -Oz -Oz` 118,119. More rounds (`--converge`) save 143 bytes and double the time. The order saves 4,000, and
/// `--low-memory-unused` 800. That flag is valid because rust-lld puts the stack at the start of the memory, so that only a stack that is
/// about to overflow uses the lowest kilobyte.
pub fn optimise(modules: Vec<(String, Vec<u8>)>, progress: &Progress) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let run = |step: &str, passes: &[&str], modules: Vec<(String, Vec<u8>)>| {
        let file = |name: &str, suffix: &str| project::wasm_target_folder().join(format!("{name}-{step}{suffix}.wasm"));
        let mut runs = Vec::new();
        for (name, wasm) in &modules {
            let input = file(name, "");
            fs_err::write(&input, wasm)?;
            let mut run = binaryen("wasm-opt");
            run.arg("--low-memory-unused").args(passes);
            run.args(["--strip-debug", "--strip-producers", "--strip-target-features"]).arg(input).arg("-o").arg(file(name, "-optimised"));
            runs.push(run);
        }
        run_wasm_opt(&mut runs, progress)?;
        modules
            .into_iter()
            .map(|(name, _)| {
                let wasm = fs_err::read(file(&name, "-optimised"))?;
                Ok((name, wasm))
            })
            .collect::<anyhow::Result<Vec<_>>>()
    };
    let mut modules = run("linked", &["--flatten", "--rereloop", "-Oz"], modules)?;
    for (_, wasm) in &mut modules {
        let mut module = Module::parse(wasm)?;
        module.name_functions(&function_order::by_similarity(&module.functions()?));
        *wasm = module.write();
    }
    run("ordered", &["-Oz", "--reorder-functions-by-name"], modules)
}

/// Runs each of these commands of wasm-opt. That of npm is itself WebAssembly, and Node.js takes longer to compile it than to run it on most
/// modules. So one Node.js process runs it for all modules. Optimising only the code that runs for long saves another sixth of the time.
fn run_wasm_opt(runs: &mut [Command], progress: &Progress) -> anyhow::Result<()> {
    let of_npm = project::tools().join("npm/node_modules/binaryen/bin/wasm-opt");
    if !of_npm.is_file() {
        return runs.iter_mut().try_for_each(|run| process::run(run, progress).map(drop));
    }
    let mut node = project::command("node");
    node.arg("--wasm-tiering-budget=20000000").arg(project::root().join("tools/xtask/src/wasm_opt.js")).arg(of_npm);
    for run in runs {
        node.arg(run.get_args().collect::<Vec<_>>().join(OsStr::new("\t")));
    }
    process::run(&mut node, progress).map(drop)
}

/// A program of binaryen. The features are those that rustc uses; with `--all-features` binaryen would write instructions that browsers do
/// not have.
pub fn binaryen(program: &str) -> Command {
    let mut command = project::command(program);
    for feature in
        ["bulk-memory", "bulk-memory-opt", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"]
    {
        command.arg(format!("--enable-{feature}"));
    }
    command
}
