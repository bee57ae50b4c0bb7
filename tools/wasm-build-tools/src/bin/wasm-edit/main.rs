//! Changes the names in WebAssembly modules, between the runs of wasm-opt and wasm-merge.
//!
//! - `wasm-edit join MODULE…` lets the module with the most imports pass them on to the others, and prints the files in the order for
//!   wasm-merge, which has to name them `chunk0`, `chunk1` and so on.
//! - `wasm-edit close MODULE…` removes all exports.
//! - `wasm-edit order MODULE…` names the functions so that similar ones stand beside each other in an order by name.
//! - `wasm-edit shorten FIRST PART…` gives short names to the imports and exports, and prints each long name with its short one.
//!
//! Each command writes the files in place.

mod function_order;
mod module;
mod short_names;

use anyhow::{Context, bail};
use module::Module;
use std::cmp::Reverse;
use std::collections::BTreeSet;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let files: Vec<String> = arguments.collect();
    let read = |file: &String| Module::parse(&std::fs::read(file).with_context(|| format!("cannot read {file}"))?);
    let mut modules = files.iter().map(|file| Ok((file, read(file)?))).collect::<anyhow::Result<Vec<_>>>()?;
    match &*command {
        "join" => {
            modules.sort_by_key(|(_, module)| Reverse(module.imports.len()));
            join(&mut modules);
            modules.iter().for_each(|(file, _)| println!("{file}"));
        }
        "close" => modules.iter_mut().for_each(|(_, module)| module.exports.clear()),
        "order" => {
            for (_, module) in &mut modules {
                module.name_functions(&function_order::by_similarity(&module.functions));
            }
        }
        "shorten" => {
            let [(_, first), parts @ ..] = &mut modules[..] else { bail!("shorten needs a module") };
            let names = short_names::shorten(first)?;
            for (_, part) in parts {
                short_names::rename_imports(part, &names)?;
            }
            names.iter().for_each(|(name, short)| println!("{name} {short}"));
        }
        _ => bail!("usage: wasm-edit join|close|order|shorten MODULE…"),
    }
    modules.iter().try_for_each(|(file, module)| std::fs::write(file, module.write()?).with_context(|| format!("cannot write {file}")))
}

/// Prepares modules that import nearly the same from the first part for wasm-merge. The first of them exports its imports to the others.
/// Otherwise the merged module would have each import several times, even the memory.
fn join(modules: &mut [(&String, Module)]) {
    let Some(((_, first), others)) = modules.split_first_mut() else { return };
    let passed_on: BTreeSet<&String> = first.imports.iter().map(|import| &import.name).collect();
    for import in others.iter_mut().flat_map(|(_, module)| &mut module.imports).filter(|import| passed_on.contains(&import.name)) {
        "chunk0".clone_into(&mut import.module);
    }
    first.export_imports();
}
