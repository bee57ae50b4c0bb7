//! Divides a linked program, which still has its relocations and names, at the functions that `wasm-part` marks, and runs wasm-bindgen on
//! the first part.
//!
//! `wasm-splitter PROGRAM FOLDER PARTS` writes the first part and its glue into the folder, and the other parts into the folder `PARTS`.
//! For each part it prints a line with the part's name and the files to load for it: the part's own file, and those that it shares with
//! other parts.

use anyhow::Context;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::PathBuf;
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(program), Some(folder), Some(parts), None) = (arguments.next(), arguments.next(), arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: wasm-splitter PROGRAM FOLDER PARTS");
    };
    let wasm = std::fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    std::fs::create_dir_all(&parts).with_context(|| format!("cannot create {}", parts.display()))?;
    let main = parts.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&wasm);
    options.output_dir = &parts;
    options.main_out_path = &main;
    let split = wasm_split_cli_support::transform(options).map_err(|error| anyhow::anyhow!("{error:#}"))?;
    // The app does not use the library's loader. It has its own, which knows the hashed file names and reports why a part did not load.
    let loader = parts.join("__wasm_split.js");
    std::fs::remove_file(&loader).with_context(|| format!("cannot remove {}", loader.display()))?;
    let name = program.file_stem().and_then(OsStr::to_str).context("the program's name is no UTF-8")?;
    let mut bindgen = Bindgen::new();
    // The parts need the linker's exports: the memory, the table of functions and the stack pointer.
    bindgen
        .input_path(&main)
        .out_name(name)
        .web(true)?
        .keep_lld_exports(true)
        .encode_into(EncodeInto::Always)
        .omit_default_module_path(false);
    bindgen.generate(&folder).context("wasm-bindgen failed")?;
    let files_of_parts: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    for (part, mut files) in files_of_parts {
        files.sort();
        println!("{part} {}", files.join(" "));
    }
    Ok(())
}
