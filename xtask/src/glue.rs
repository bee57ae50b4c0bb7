//! Makes the wasm and wasm-bindgen's glue smaller. The glue is the script that loads the wasm and gives it its imports.
//!
//! This module leaves one way to load the wasm, removes the imports that wasm-opt has made superfluous, and shortens the names that both
//! files share, because each has 16 hex digits, which do not compress. If a new version of wasm-bindgen changes the form of the glue, the build fails. `minify` does the rest.

use crate::wasm_module::Module;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};

/// The short name of the module from which the wasm imports. In the glue it is a quoted key.
pub const SHORT_MODULE: &str = "w";

/// Removes from the glue the imports that wasm-opt has removed from the wasm, and shortens the names of all others. Also returns the short
/// names of the exports by their old names. Call this after wasm-opt.
pub fn rename(glue: &str, wasm: &[u8]) -> anyhow::Result<(String, Vec<u8>, BTreeMap<String, String>)> {
    let mut module = Module::parse(wasm)?;
    let from = module.imports.iter().map(|import| import.module.clone()).find(|name| name.ends_with("_bg.js"));
    let from = from.context("the wasm imports nothing from its glue")?;

    let mut imports = BTreeMap::new();
    for import in module.imports.iter_mut().filter(|import| import.module == from) {
        let count = imports.len();
        // The wasm may import one function several times, with different signatures.
        let short = imports.entry(import.name.clone()).or_insert_with(|| short_name(count)).clone();
        import.name = short;
        SHORT_MODULE.clone_into(&mut import.module);
    }
    let mut exports = BTreeMap::new();
    for export in &mut module.exports {
        let short = short_name(exports.len());
        exports.insert(std::mem::replace(&mut export.name, short.clone()), short);
    }

    let glue = with_imports(glue, &from, &imports)?;
    let glue = with_calls(&glue, &exports);
    let glue = with_short_snippets(glue, &mut module);
    check(&glue, &module)?;
    Ok((glue, module.write(), exports))
}

/// Replaces all functions that could load the wasm with one, which takes the compiled module from `boot.js`.
pub fn with_short_loader(glue: &str) -> anyhow::Result<String> {
    const LOADERS: [&str; 5] = [
        "function initSync(",
        "async function __wbg_load(",
        "let __wbg_init_promise;",
        "async function __wbg_init(",
        "async function __wbg_init_once(",
    ];
    let blocks = blocks(glue);
    if let Some(lost) = LOADERS.iter().find(|start| !blocks.iter().any(|block| block.starts_with(*start))) {
        bail!("the glue has no `{lost}`: wasm-bindgen's output has a new shape, see xtask/src/glue.rs");
    }
    let kept = blocks.into_iter().filter(|block| !LOADERS.iter().any(|start| block.starts_with(start))).collect::<String>();
    Ok(kept.replace("export { initSync, __wbg_init as default };", SHORT_LOADER))
}

const SHORT_LOADER: &str = "\
export default async ({ module_or_path }) =>
    __wbg_finalize_init(await WebAssembly.instantiate(module_or_path, __wbg_get_imports()), module_or_path);";

/// The top-level statements: each begins with a line that is not indented and ends before the next such line. A closing line belongs to the
/// statement that it closes.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        let continues = line.starts_with([' ', '}', '\n', '\r', ')']);
        match blocks.last_mut() {
            Some(block) if continues => block.push_str(line),
            _ => blocks.push(line.to_owned()),
        }
    }
    blocks
}

/// The `NAME` of each expression `wasm.NAME`.
fn names_called(glue: &str) -> BTreeSet<&str> {
    glue.split("wasm.").skip(1).map(identifier).filter(|name| !name.is_empty()).collect()
}

fn identifier(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '$')).unwrap_or(text.len());
    &text[..end]
}

/// Renames the entries of the import object, from `        NAME: function…` to `        },`, and removes those that are not in
/// `names`.
fn with_imports(glue: &str, module: &str, names: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut is_kept = true;
    let mut is_inside = false;
    for line in glue.split_inclusive('\n') {
        if line.starts_with("    const import0 = {") {
            is_inside = true;
        } else if line.starts_with("    };") {
            (is_inside, is_kept) = (false, true);
        }
        let entry =
            line.strip_prefix("        ").filter(|entry| is_inside && !entry.starts_with([' ', '}']) && !entry.starts_with("__proto__"));
        if let Some((name, value)) = entry.and_then(|entry| entry.split_once(": ")) {
            let short = names.get(name);
            is_kept = short.is_some();
            if let Some(short) = short {
                out.push_str(&format!("        {short}: {value}"));
            }
            continue;
        }
        if is_kept {
            out.push_str(line);
        }
    }
    let key = format!("\"{module}\"");
    if !out.contains(&key) {
        bail!("the glue does not name {module}");
    }
    Ok(out.replace(&key, &format!("\"{SHORT_MODULE}\"")))
}

/// Shortens the names of the other modules from which the wasm imports: the crates' own scripts, by their paths.
fn with_short_snippets(mut glue: String, module: &mut Module) -> String {
    let mut names = BTreeMap::new();
    for import in module.imports.iter_mut().filter(|import| import.module != SHORT_MODULE) {
        let count = names.len();
        let short = names.entry(import.module.clone()).or_insert_with(|| format!("{SHORT_MODULE}{count}"));
        import.module.clone_from(short);
    }
    for (path, short) in names {
        glue = glue.replace(&format!("\"{path}\""), &format!("\"{short}\""));
    }
    glue
}

fn with_calls(glue: &str, names: &BTreeMap<String, String>) -> String {
    let mut parts = glue.split("wasm.");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = identifier(part);
        out.push_str("wasm.");
        out.push_str(names.get(name).map_or(name, String::as_str));
        out.push_str(&part[name.len()..]);
    }
    out
}

/// Fails unless the glue has every import of the wasm, and the wasm has every export that the glue calls.
fn check(glue: &str, module: &Module) -> anyhow::Result<()> {
    for import in &module.imports {
        let key = if import.module == SHORT_MODULE { format!("\n        {}: ", import.name) } else { format!("\"{}\": ", import.module) };
        if !glue.contains(&key) {
            bail!(
                "the wasm imports `{}`, which the glue has lost: wasm-bindgen's output has a new shape, see xtask/src/glue.rs",
                import.name
            );
        }
    }
    let exported: BTreeSet<&str> = module.exports.iter().map(|export| export.name.as_str()).collect();
    if let Some(lost) = names_called(glue).into_iter().find(|name| !exported.contains(name)) {
        bail!("the glue calls `wasm.{lost}`, which the wasm does not export: wasm-bindgen's output has a new shape, see xtask/src/glue.rs");
    }
    Ok(())
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

    const GLUE: &str = r#"function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
        __wbg_fetch_0123456789abcdef: function(arg0) {
            // asks
            const ret = fetch(arg0, { mode: "cors" });
            return ret;
        },
        __wbg_gone_0123456789abcdef: function() {
            return 1;
        },
    };
    return {
        __proto__: null,
        "./app_bg.js": import0,
    };
}
let wasm;
function initSync(module) {
    wasm.start();
}
function __wbg_finalize_init(instance, module) {
    wasm = instance.exports;
    wasm.__wbindgen_start();
    return wasm;
}
async function __wbg_load(module, imports) {
    return await WebAssembly.instantiate(module, imports);
}
let __wbg_init_promise;
async function __wbg_init(module_or_path) {
    return __wbg_init_promise ??= __wbg_init_once(module_or_path);
}
async function __wbg_init_once(module_or_path) {
    const { instance, module } = await __wbg_load(await module_or_path, __wbg_get_imports());
    return __wbg_finalize_init(instance, module);
}
export { initSync, __wbg_init as default };
"#;

    #[test]
    fn one_way_to_load_the_wasm_is_left() -> anyhow::Result<()> {
        let glue = with_short_loader(GLUE)?;
        assert!(["initSync", "__wbg_load", "__wbg_init"].iter().all(|name| !glue.contains(name)), "{glue}");
        assert!(glue.trim_end().ends_with(SHORT_LOADER), "{glue}");
        assert!(with_short_loader(&GLUE.replace("__wbg_load", "load")).is_err());
        Ok(())
    }

    #[test]
    fn imports_are_renamed_or_left_out() -> anyhow::Result<()> {
        let names = BTreeMap::from([("__wbg_fetch_0123456789abcdef".to_owned(), "a".to_owned())]);
        let glue = with_imports(GLUE, "./app_bg.js", &names)?;
        assert!(glue.contains("\n        a: function(arg0) {\n            // asks\n"), "{glue}");
        assert!(glue.contains("\"w\": import0") && !glue.contains("gone"), "{glue}");
        Ok(())
    }

    #[test]
    fn the_paths_of_scripts_are_shortened_in_both_files() -> anyhow::Result<()> {
        let path = "./snippets/a-0123/x.js";
        let imports = [&[1, path.len() as u8], path.as_bytes(), &[1, b'f', 0, 0]].concat();
        let mut module = Module::parse(&[b"\0asm\x01\0\0\0".as_slice(), &[2, imports.len() as u8], &imports].concat())?;
        let glue = format!("return {{ \"{path}\": import1 }};");
        assert!(check(&glue.replace(path, "other"), &module).is_err());
        assert_eq!(with_short_snippets(glue.clone(), &mut module), "return { \"w0\": import1 };");
        assert_eq!(module.imports[0].module, "w0");
        assert!(check(&glue, &module).is_err());
        Ok(())
    }

    #[test]
    fn short_names_are_all_different() {
        let names: BTreeSet<String> = (0..6000).map(short_name).collect();
        assert_eq!(names.len(), 6000);
        assert_eq!([short_name(0), short_name(51), short_name(52)], ["a", "Z", "aa"]);
    }
}
