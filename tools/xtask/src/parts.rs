//! Makes the files of the program's parts that a page loads later. `wasm-splitter` divides the program and runs wasm-bindgen. Code that
//! only one part calls goes into that part's file. Code that several parts share becomes a *chunk*.
//!
//! There may be a chunk for each combination of parts, and most chunks are tiny, so this module merges all of them into one file.

use crate::console::Progress;
use crate::wasm_module::Module;
use crate::{fingerprint, process, program, project};
use anyhow::{Context, bail, ensure};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folder for the divided program, below that of wasm-bindgen's output.
pub const FOLDER: &str = "parts";

/// The file in [`FOLDER`] that lists the files of each part.
const LIST: &str = "list.txt";

/// The name of the file with the code that several parts share.
const SHARED: &str = "shared";

/// The name that `wasm-splitter` gives to the module from which the parts import.
const MAIN: &str = "__wasm_split";

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
    /// The key is the name of the module's file, without the extension and the hash.
    modules: BTreeMap<String, Module>,
    /// The files that each part needs.
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
    /// Reads the output of [`divide`], merges the chunks, and optimises each module.
    pub fn read(staging: &Path, progress: &Progress) -> anyhow::Result<Self> {
        let folder = staging.join(FOLDER);
        let list = fs_err::read_to_string(folder.join(LIST))?;
        let mut needed = BTreeMap::new();
        for line in list.lines() {
            let mut words = line.split_whitespace().map(str::to_owned);
            let part = words.next().context("a line of the list of parts is empty")?;
            needed.insert(part, words.collect::<Vec<_>>());
        }
        let is_chunk = |file: &String| file.starts_with("chunk_");
        let files: BTreeSet<&String> = needed.values().flatten().collect();
        let chunks: Vec<PathBuf> = files.iter().filter(|file| is_chunk(file)).map(|file| folder.join(format!("{file}.wasm"))).collect();
        let mut modules = Vec::new();
        for (part, files) in &mut needed {
            let own = format!("split_{part}");
            let has_own = files.contains(&own);
            if has_own {
                modules.push((part.clone(), fs_err::read(folder.join(format!("{own}.wasm")))?));
            }
            let is_sharing = files.iter().any(is_chunk);
            *files = [is_sharing.then(|| SHARED.to_owned()), has_own.then(|| part.clone())].into_iter().flatten().collect();
        }
        if !chunks.is_empty() {
            modules.push((SHARED.to_owned(), merged(&chunks, &folder, progress)?));
        }
        // The largest comes first. If it came last, wasm-opt would still process it while the other processors are idle.
        modules.sort_by_key(|(_, wasm)| Reverse(wasm.len()));
        let optimised = program::optimise(modules, progress)?;
        let modules = optimised.into_iter().map(|(name, wasm)| Ok((name, Module::parse(&wasm)?))).collect::<anyhow::Result<_>>()?;
        Ok(Self { modules, needed })
    }

    /// Renames the parts' imports to the new export names of the first part, and the module that they import from to `module`.
    pub fn rename_imports(&mut self, names: &BTreeMap<String, String>, module: &str) -> anyhow::Result<()> {
        for import in self.modules.values_mut().flat_map(|module| &mut module.imports) {
            ensure!(import.module == MAIN, "a part imports {} of {}", import.name, import.module);
            if let Some(name) = names.get(&import.name) {
                import.name.clone_from(name);
            }
            module.clone_into(&mut import.module);
        }
        Ok(())
    }

    /// The files, with the hash of their content in their names.
    pub fn files(&self) -> Vec<PartFile> {
        let file = |(name, module): (&String, &Module)| {
            let content = module.write();
            let needed_by = self.needed.iter().filter(|(_, files)| files.contains(name)).map(|(part, _)| part.clone()).collect();
            PartFile { file: format!("{name}-{}.wasm", fingerprint::of(&content)).into(), content, needed_by }
        };
        self.modules.iter().map(file).collect()
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

/// Merges modules that import nearly the same from the first part. The module with the most imports exports them to the others. Otherwise
/// the merged module would have each import several times, even the memory.
fn merged(chunks: &[PathBuf], folder: &Path, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    let mut merge = program::binaryen("wasm-merge");
    let mut modules = chunks.iter().map(|chunk| Module::parse(&fs_err::read(chunk)?)).collect::<anyhow::Result<Vec<_>>>()?;
    modules.sort_by_key(|module| Reverse(module.imports.len()));
    let passed_on: BTreeSet<String> = modules.first().into_iter().flat_map(|it| &it.imports).map(|it| it.name.clone()).collect();
    for (at, mut module) in modules.into_iter().enumerate() {
        if at == 0 {
            module.export_imports();
        } else {
            let imports = module.imports.iter_mut().filter(|it| passed_on.contains(&it.name));
            imports.for_each(|import| "chunk0".clone_into(&mut import.module));
        }
        let input = folder.join(format!("merge_{at}.wasm"));
        fs_err::write(&input, module.write())?;
        merge.arg(input).arg(format!("chunk{at}"));
    }
    let output = folder.join("shared.wasm");
    process::run(merge.arg("-o").arg(&output), progress)?;
    let mut module = Module::parse(&fs_err::read(&output)?)?;
    module.exports.clear();
    Ok(module.write())
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

    #[test]
    fn the_app_s_loader_has_a_place_for_the_files() -> anyhow::Result<()> {
        let loader = fs_err::read_to_string(project::root().join("src/ui/part.js"))?;
        assert_eq!(loader.matches(PLACE).count(), 1);
        Ok(())
    }
}
