//! Makes the wasm and wasm-bindgen's glue smaller. The glue is the script that loads the wasm and gives it its imports.
//!
//! This module leaves one way to load the wasm, and gives short names to what both files share, because wasm-bindgen's names have 16 hex
//! digits each, which do not compress. `minify` then removes the code that is not needed any more, and renames the glue's properties.

use crate::wasm_module::Module;
use anyhow::{Context, ensure};
use std::collections::BTreeMap;

/// The short name of the module from which the wasm imports.
pub const SHORT_MODULE: &str = "w";

/// A wasm with short names.
pub struct Renamed {
    pub wasm: Vec<u8>,
    /// The short names of the imports, the exports and the imported modules, by the names that the glue has.
    pub names: BTreeMap<String, String>,
}

/// Shortens the names of the imports, of their modules, and of the exports that wasm-bindgen has named. Call this after wasm-opt.
pub fn rename(wasm: &[u8]) -> anyhow::Result<Renamed> {
    let mut module = Module::parse(wasm)?;
    let mut names = BTreeMap::new();
    let (mut imports, mut modules) = (0, 0);
    for import in &mut module.imports {
        let is_of_glue = import.module.ends_with("_bg.js");
        let short = names.entry(import.module.clone()).or_insert_with(|| match is_of_glue {
            true => SHORT_MODULE.to_owned(),
            false => counted(&mut modules, |count| format!("{SHORT_MODULE}{count}")),
        });
        import.module.clone_from(short);
        // The names in the crates' own scripts stay, because those scripts use them for more than the wasm.
        if is_of_glue {
            // The wasm may import one function several times, with different signatures.
            let short = names.entry(import.name.clone()).or_insert_with(|| counted(&mut imports, short_name));
            import.name.clone_from(short);
        }
    }
    let mut exports = 0;
    for export in module.exports.iter_mut().filter(|export| is_generated(&export.name)) {
        let short = counted(&mut exports, short_name);
        let earlier = names.insert(std::mem::replace(&mut export.name, short.clone()), short);
        ensure!(earlier.is_none(), "the wasm imports and exports one name");
    }
    Ok(Renamed { wasm: module.write(), names })
}

/// Whether wasm-bindgen or the splitter has made up this name. Other properties of the glue may have the name of a function in the source,
/// such as `fetch`.
fn is_generated(name: &str) -> bool {
    name.contains("__")
}

fn counted(count: &mut usize, name: fn(usize) -> String) -> String {
    *count += 1;
    name(*count - 1)
}

/// Replaces all functions that could load the wasm with one, which takes the compiled module from `boot.js`.
pub fn with_short_loader(glue: &str) -> anyhow::Result<String> {
    const EXPORT: &str = "export { initSync, __wbg_init as default };";
    const LOADER: &str = "\
export default async ({ module_or_path }) =>
    __wbg_finalize_init(await WebAssembly.instantiate(module_or_path, __wbg_get_imports()), module_or_path);";
    let (before, after) =
        glue.split_once(EXPORT).with_context(|| format!("the glue has no `{EXPORT}`: wasm-bindgen's output has a new shape"))?;
    Ok([before, LOADER, after].concat())
}

/// The name with this number in the series a, b, … z, A, … Z, aa, …
fn short_name(mut number: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::new();
    loop {
        name.insert(0, char::from(LETTERS[number % 52]));
        if number < 52 {
            return name;
        }
        number = number / 52 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A wasm that imports these functions, each with its module.
    fn importing(functions: &[(&str, &str)]) -> Vec<u8> {
        let text = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
        let imports: Vec<u8> = functions.iter().flat_map(|(module, name)| [text(module), text(name), vec![0, 0]].concat()).collect();
        [b"\0asm\x01\0\0\0".as_slice(), &[2, imports.len() as u8 + 1, functions.len() as u8], &imports].concat()
    }

    #[test]
    fn both_files_get_the_same_short_names() -> anyhow::Result<()> {
        let wasm = importing(&[
            ("./app_bg.js", "__wbg_fetch_01"),
            ("./snippets/x.js", "start"),
            ("./app_bg.js", "__wbg_log_23"),
            ("./snippets/y.js", "start"),
        ]);
        let Renamed { wasm, names } = rename(&wasm)?;
        let names: Vec<_> = names.iter().map(|(name, short)| (&**name, &**short)).collect();
        let expected =
            [("./app_bg.js", "w"), ("./snippets/x.js", "w0"), ("./snippets/y.js", "w1"), ("__wbg_fetch_01", "a"), ("__wbg_log_23", "b")];
        assert_eq!(names, expected);
        let module = Module::parse(&wasm)?;
        let imports: Vec<_> = module.imports.iter().map(|it| (&*it.module, &*it.name)).collect();
        assert_eq!(imports, [("w", "a"), ("w0", "start"), ("w", "b"), ("w1", "start")]);
        Ok(())
    }

    #[test]
    fn one_way_to_load_the_wasm_is_left() -> anyhow::Result<()> {
        let glue = with_short_loader("let wasm;\nexport { initSync, __wbg_init as default };\n")?;
        assert!(glue.starts_with("let wasm;\nexport default async ("), "{glue}");
        assert!(with_short_loader(&glue).is_err());
        Ok(())
    }

    #[test]
    fn short_names_are_all_different() {
        let names: BTreeSet<String> = (0..6000).map(short_name).collect();
        assert_eq!(names.len(), 6000);
        assert_eq!([short_name(0), short_name(51), short_name(52)], ["a", "Z", "aa"]);
    }
}
