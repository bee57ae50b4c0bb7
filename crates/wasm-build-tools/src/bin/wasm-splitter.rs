//! Divides a linked program, which still has its relocations and names, at the functions that `wasm-part` marks.
//!
//! `wasm-splitter PROGRAM FOLDER` writes `main.wasm` and the parts into the folder. For each part it prints a line with the part's name and
//! the files to load for it: the part's own file, and those that it shares with other parts.

use anyhow::Context;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(program), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: wasm-splitter PROGRAM FOLDER");
    };
    let wasm = std::fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&wasm);
    options.output_dir = &folder;
    options.main_out_path = &main;
    let split = wasm_split_cli_support::transform(options).map_err(|error| anyhow::anyhow!("{error:#}"))?;
    // The app does not use the library's loader. It has its own, which knows the hashed file names and reports why a part did not load.
    let loader = folder.join("__wasm_split.js");
    std::fs::remove_file(&loader).with_context(|| format!("cannot remove {}", loader.display()))?;
    let parts: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    for (part, mut files) in parts {
        files.sort();
        println!("{part} {}", files.join(" "));
    }
    Ok(())
}
