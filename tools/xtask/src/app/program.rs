//! The program that a page loads: the wasm, the glue that wasm-bindgen has written for it, and the parts that are loaded later.
//!
//! These files share names, and unused code is removed from all of them, so one module changes them together.

use crate::console::Progress;
use crate::dist::{self, name};
use crate::parts::{self, Parts};
use crate::project::{self, StandardLibrary, WASM_RELEASE, WASM_TARGET, WasmToolchain};
use crate::{files, minify, process};
use anyhow::Context;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The wasm, its glue and the parts, each with its path below the folder that [`Program::link`] has read.
pub struct Program {
    wasm: (PathBuf, Vec<u8>),
    glue: (PathBuf, Vec<u8>),
    parts: Vec<(PathBuf, Vec<u8>)>,
}

/// The name of the wasm that a page loads first.
const FIRST: &str = "first";

impl Program {
    /// Compiles a program with this command of cargo, whose arguments name the package, and links it in `folder`. `built` is the path of the
    /// program without its extension, below Cargo's folder of releases.
    pub fn build(
        cargo: &mut Command,
        release: (WasmToolchain, StandardLibrary),
        built: &str,
        folder: &str,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let (toolchain, library) = release;
        toolchain.apply_release(library, cargo);
        process::run(cargo.args(["--profile", WASM_RELEASE, "--target", WASM_TARGET]), progress)?;
        let folder = project::wasm_target_folder().join(folder);
        files::empty(&folder)?;
        parts::divide(&project::wasm_program(built), &folder, progress)?;
        Self::link(&folder, progress)
    }

    /// Reads the output of [`parts::divide`] in `staging`, and makes it smaller.
    pub fn link(staging: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let all = dist::files(staging)?;
        let wasm = all.iter().find(|file| name(file).ends_with("_bg.wasm")).context("wasm-bindgen wrote no wasm")?;
        let glue = wasm.with_file_name(name(wasm).replace("_bg.wasm", ".js"));
        fs_err::write(&glue, with_short_loader(&fs_err::read_to_string(&glue)?)?)?;
        // A browser loads one file before the wasm can start, in place of one for each script of a crate.
        let text = minify::bundle(&glue, progress)?;
        let parts = Parts::read(staging, progress)?;
        let linked = parts.modules.iter().map(|(name, file)| (name.as_str(), file.as_path()));
        let optimised = optimise([(FIRST, wasm.as_path())].into_iter().chain(linked).collect(), progress)?;
        let names = shorten_names(&optimised, progress)?;
        let parts = parts.files(|name| Ok(fs_err::read(&optimised[name])?))?;
        let text = minify::module(&parts::list_in(&text, &parts)?, &names)?;
        let relative = |file: &Path| file.strip_prefix(staging).unwrap_or(file).to_owned();
        let parts = parts.into_iter().map(|part| (part.file, part.content)).collect();
        Ok(Self { wasm: (relative(wasm), fs_err::read(&optimised[FIRST])?), glue: (relative(&glue), text.into_bytes()), parts })
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

/// Replaces all functions of the glue that could load the wasm with one, which takes the compiled module from `boot.js`.
fn with_short_loader(glue: &str) -> anyhow::Result<String> {
    const EXPORT: &str = "export { initSync, __wbg_init as default };";
    const LOADER: &str = "\
export default async ({ module_or_path }) =>
    __wbg_finalize_init(await WebAssembly.instantiate(module_or_path, __wbg_get_imports()), module_or_path);";
    let (before, after) =
        glue.split_once(EXPORT).with_context(|| format!("the glue has no `{EXPORT}`: wasm-bindgen's output has a new shape"))?;
    Ok([before, LOADER, after].concat())
}

/// Runs wasm-opt twice on each of these named modules, and puts similar functions beside each other in between. Returns the files of the
/// results. After LTO the levels of wasm-opt differ by 2 %. In brotli bytes of the first part (November 2026, before the names are
/// shortened): `-O2` 118,695; `-Oz` 119,113; `--flatten --rereloop -Oz -Oz` 118,119. More rounds (`--converge`) save 143 bytes and double
/// the time. The order saves 4,000, and `--low-memory-unused` 800. That flag is valid because rust-lld puts the stack at the start of the
/// memory, so that only a stack that is about to overflow uses the lowest kilobyte.
fn optimise<'a>(mut modules: Vec<(&'a str, &Path)>, progress: &Progress) -> anyhow::Result<BTreeMap<&'a str, PathBuf>> {
    // The largest comes first. If it came last, wasm-opt would still process it while the other processors are idle.
    modules.sort_by_key(|(_, file)| Reverse(file.metadata().map_or(0, |about| about.len())));
    let file = |name: &str, step: &str| project::wasm_target_folder().join(format!("{name}-{step}.wasm"));
    let run = |input: &Path, passes: &[&str], output: PathBuf| {
        let mut run = binaryen("wasm-opt");
        run.arg("--low-memory-unused").args(passes);
        run.args(["--strip-debug", "--strip-producers", "--strip-target-features"]).arg(input).arg("-o").arg(output);
        run
    };
    let linked = modules.iter().map(|(name, input)| run(input, &["--flatten", "--rereloop", "-Oz"], file(name, "linked")));
    run_wasm_opt(linked.collect(), progress)?;
    let linked: Vec<PathBuf> = modules.iter().map(|(name, _)| file(name, "linked")).collect();
    edit("order", &linked, progress)?;
    let ordered = modules.iter().zip(&linked);
    let ordered = ordered.map(|((name, _), input)| run(input, &["-Oz", "--reorder-functions-by-name"], file(name, "ordered")));
    run_wasm_opt(ordered.collect(), progress)?;
    Ok(modules.into_iter().map(|(name, _)| (name, file(name, "ordered"))).collect())
}

/// Gives the modules short names for what they and the glue share. Returns the short names by those that the glue has.
fn shorten_names(modules: &BTreeMap<&str, PathBuf>, progress: &Progress) -> anyhow::Result<BTreeMap<String, String>> {
    let parts = modules.iter().filter(|(name, _)| **name != FIRST).map(|(_, file)| file);
    let names = edit("shorten", [&modules[FIRST]].into_iter().chain(parts), progress)?;
    names
        .lines()
        .map(|line| line.split_once(' ').map(|(name, short)| (name.to_owned(), short.to_owned())).context("a name is missing"))
        .collect()
}

/// Runs a command of `wasm-edit` on these modules. [`wasm_tools`](crate::wasm_tools) must have built the program.
pub fn edit(command: &str, modules: impl IntoIterator<Item = impl AsRef<OsStr>>, progress: &Progress) -> anyhow::Result<String> {
    process::run(project::command(project::program("wasm-edit")).arg(command).args(modules), progress)
}

/// Runs each of these commands of wasm-opt. That of npm is itself WebAssembly, and Node.js takes longer to compile it than to run it on most
/// modules. So one Node.js process runs it for all modules. Optimising only the code that runs for long saves another sixth of the time.
fn run_wasm_opt(mut runs: Vec<Command>, progress: &Progress) -> anyhow::Result<()> {
    let of_npm = project::tools().join("npm/node_modules/binaryen/bin/wasm-opt");
    if !of_npm.is_file() {
        return runs.iter_mut().try_for_each(|run| process::run(run, progress).map(drop));
    }
    let mut node = project::command("node");
    node.arg("--wasm-tiering-budget=20000000").arg(project::root().join("tools/xtask/src/app/wasm_opt.js")).arg(of_npm);
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
