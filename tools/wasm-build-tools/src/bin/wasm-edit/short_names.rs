//! Gives short names to what the wasm and wasm-bindgen's script share, because wasm-bindgen's names have 16 hex digits each, which do not
//! compress.

use crate::module::Module;
use anyhow::ensure;
use std::collections::BTreeMap;

/// The short name of the module from which the wasm and its parts import.
const MODULE: &str = "w";

/// The name that `wasm-splitter` gives to the module from which the parts import.
const MAIN: &str = "__wasm_split";

/// The short names of imports, exports and imported modules, by the names that the script has.
pub(crate) type Names = BTreeMap<String, String>;

/// Shortens the names of the imports, of their modules, and of the exports that wasm-bindgen has named.
pub(crate) fn shorten(module: &mut Module) -> anyhow::Result<Names> {
    let mut names = Names::new();
    let (mut imports, mut modules) = (0, 0);
    for import in &mut module.imports {
        let is_of_glue = import.module.ends_with("_bg.js");
        let short = names.entry(import.module.clone()).or_insert_with(|| match is_of_glue {
            true => MODULE.to_owned(),
            false => counted(&mut modules, |count| format!("{MODULE}{count}")),
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
    Ok(names)
}

/// Renames what a part imports from the first part.
pub(crate) fn rename_imports(part: &mut Module, names: &Names) -> anyhow::Result<()> {
    for import in &mut part.imports {
        ensure!(import.module == MAIN, "a part imports {} of {}", import.name, import.module);
        MODULE.clone_into(&mut import.module);
        if let Some(short) = names.get(&import.name) {
            import.name.clone_from(short);
        }
    }
    Ok(())
}

/// Whether wasm-bindgen or the splitter has made up this name. Other properties of the script may have the name of a function in the source,
/// such as `fetch`.
fn is_generated(name: &str) -> bool {
    name.contains("__")
}

fn counted(count: &mut usize, name: fn(usize) -> String) -> String {
    *count += 1;
    name(*count - 1)
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
        let mut module = Module::parse(&wasm)?;
        let names = shorten(&mut module)?;
        let names: Vec<_> = names.iter().map(|(name, short)| (&**name, &**short)).collect();
        let expected =
            [("./app_bg.js", "w"), ("./snippets/x.js", "w0"), ("./snippets/y.js", "w1"), ("__wbg_fetch_01", "a"), ("__wbg_log_23", "b")];
        assert_eq!(names, expected);
        let imports: Vec<_> = module.imports.iter().map(|it| (&*it.module, &*it.name)).collect();
        assert_eq!(imports, [("w", "a"), ("w0", "start"), ("w", "b"), ("w1", "start")]);
        Ok(())
    }

    #[test]
    fn short_names_are_all_different() {
        let names: BTreeSet<String> = (0..6000).map(short_name).collect();
        assert_eq!(names.len(), 6000);
        assert_eq!([short_name(0), short_name(51), short_name(52)], ["a", "Z", "aa"]);
    }
}
