//! Makes the files of the program's parts that a page loads later. `wasm-splitter` divides the program and runs wasm-bindgen. Code that
//! only one part calls goes into that part's file. Code that several parts share becomes a *chunk*.
//!
//! There may be a chunk for each combination of parts, and most chunks are tiny, so this module merges all of them into one file.

use crate::console::Progress;
use crate::{fingerprint, process, program, project};
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folder for the divided program, below that of wasm-bindgen's output.
pub const FOLDER: &str = "parts";

/// The file in [`FOLDER`] that lists the files of each part.
const LIST: &str = "list.txt";

/// The name of the file with the code that several parts share.
const SHARED: &str = "shared";

/// The line of `src/ui/part.js` that [`list_in`] replaces with the list of the parts' files.
const PLACE: &str = "const files = {};\n";

/// Divides a linked program into its parts. wasm-bindgen writes the first part and its glue into the folder `to`.
/// [`wasm_tools`](crate::wasm_tools) must have built the program that does this.
pub fn divide(wasm: &Path, to: &Path, progress: &Progress) -> anyhow::Result<()> {
    let folder = to.join(FOLDER);
    let mut splitter = project::command(project::program("wasm-splitter"));
    let list = process::run(splitter.args([wasm, to, &folder]), progress)?;
    Ok(fs_err::write(folder.join(LIST), list)?)
}

/// The modules of all parts but the first one.
pub struct Parts {
    /// The files of the modules by their names.
    pub modules: BTreeMap<String, PathBuf>,
    /// The names of the modules that each part needs.
    needed: BTreeMap<String, Vec<String>>,
}

/// A file that a page loads later.
pub struct PartFile {
    pub file: PathBuf,
    pub content: Vec<u8>,
    /// The parts that need it.
    pub needed_by: Vec<String>,
}

impl Parts {
    /// Reads the output of [`divide`], and merges the chunks.
    pub fn read(staging: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let folder = staging.join(FOLDER);
        let file = |name: &str| folder.join(format!("{name}.wasm"));
        let list = fs_err::read_to_string(folder.join(LIST))?;
        let (mut modules, mut needed, mut chunks) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for line in list.lines() {
            let mut words = line.split_whitespace();
            let part = words.next().context("a line of the list of parts is empty")?.to_owned();
            let (shared, own): (Vec<&str>, Vec<&str>) = words.partition(|file| file.starts_with("chunk_"));
            let mut names = Vec::new();
            if !shared.is_empty() {
                names.push(SHARED.to_owned());
                chunks.extend(shared.into_iter().map(file));
            }
            if let Some(own) = own.first() {
                names.push(part.clone());
                modules.insert(part.clone(), file(own));
            }
            needed.insert(part, names);
        }
        if !chunks.is_empty() {
            modules.insert(SHARED.to_owned(), merge(&chunks, file(SHARED), progress)?);
        }
        Ok(Self { modules, needed })
    }

    /// The files, with the hash of their content in their names. `content` returns the final content of a module.
    pub fn files(&self, content: impl Fn(&str) -> anyhow::Result<Vec<u8>>) -> anyhow::Result<Vec<PartFile>> {
        let file = |name: &String| {
            let content = content(name)?;
            let needed_by = self.needed.iter().filter(|(_, modules)| modules.contains(name)).map(|(part, _)| part.clone()).collect();
            Ok(PartFile { file: format!("{name}-{}.wasm", fingerprint::of(&content)).into(), content, needed_by })
        };
        self.modules.keys().map(file).collect()
    }
}

/// Puts the names of the files into the app's loader, which is a part of the glue.
pub fn list_in(glue: &str, files: &[PartFile]) -> anyhow::Result<String> {
    let parts: BTreeSet<&String> = files.iter().flat_map(|file| &file.needed_by).collect();
    if parts.is_empty() {
        return Ok(glue.to_owned());
    }
    let place = PLACE.trim_end();
    if glue.matches(place).count() != 1 {
        bail!("the glue must have `{place}` once, which src/ui/part.js contains");
    }
    let list: Vec<String> = parts
        .into_iter()
        .map(|part| {
            let names: Vec<String> =
                files.iter().filter(|file| file.needed_by.contains(part)).map(|file| format!("'{}'", file.file.display())).collect();
            format!("{part}: [{}]", names.join(", "))
        })
        .collect();
    Ok(glue.replace(place, &format!("const files = {{ {} }};", list.join(", "))))
}

/// Merges modules into one without exports, and returns its file.
fn merge(chunks: &BTreeSet<PathBuf>, output: PathBuf, progress: &Progress) -> anyhow::Result<PathBuf> {
    let joined = program::edit("join", chunks, progress)?;
    let mut merge = program::binaryen("wasm-merge");
    for (at, chunk) in joined.lines().enumerate() {
        merge.arg(chunk).arg(format!("chunk{at}"));
    }
    process::run(merge.arg("-o").arg(&output), progress)?;
    program::edit("close", [&output], progress)?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, needed_by: &[&str]) -> PartFile {
        PartFile { file: name.into(), content: Vec::new(), needed_by: needed_by.iter().map(|&part| part.to_owned()).collect() }
    }

    #[test]
    fn the_loader_gets_the_files_of_each_part() -> anyhow::Result<()> {
        let files = [file("shared-1.wasm", &["orders", "account"]), file("orders-2.wasm", &["orders"])];
        let glue = list_in(&format!("before\n{PLACE}after\n"), &files)?;
        assert_eq!(glue, "before\nconst files = { account: ['shared-1.wasm'], orders: ['shared-1.wasm', 'orders-2.wasm'] };\nafter\n");
        assert_eq!(list_in("a program without parts", &[])?, "a program without parts");
        assert!(list_in("no place for them", &files).is_err());
        Ok(())
    }
}
