//! wasm-bindgen's glue, without what no page calls, and with short names where it meets the wasm.
//!
//! The long names carry 16 hex digits each, which no compression shrinks, and stand in both files. An export that the glue no longer
//! mentions lets wasm-opt drop the code behind it. The glue is generated text of one shape; where it should ever differ, `check` fails
//! the build. Rejected: a JavaScript minifier, one more tool to install for the last half kilobyte.

use crate::wasm_module::Module;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};

/// The one name that cannot be changed by text: it is a key in quotes.
const SHORT_MODULE: &str = "w";

/// Before wasm-opt: what nobody calls goes, from the glue and from the wasm's exports.
pub fn drop_dead(glue: &str, wasm: &[u8]) -> anyhow::Result<(String, Vec<u8>)> {
    let glue = without_unused_classes(glue);
    let glue = without_init_sync(&glue);
    let mut module = Module::parse(wasm)?;
    let called = names_called(&glue);
    module.exports.retain(|export| called.contains(export.name.as_str()));
    Ok((glue, module.write()))
}

/// After wasm-opt: imports that are gone leave the glue too, and the rest get short names.
pub fn rename(glue: &str, wasm: &[u8]) -> anyhow::Result<(String, Vec<u8>)> {
    let mut module = Module::parse(wasm)?;
    let from = module.imports.iter().map(|import| import.module.clone()).find(|name| name.ends_with("_bg.js"));
    let from = from.context("the wasm imports nothing from its glue")?;

    let mut imports = BTreeMap::new();
    for import in module.imports.iter_mut().filter(|import| import.module == from) {
        let count = imports.len();
        // One function may be imported at several signatures.
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
    let glue = compact(&glue);
    check(&glue, &module)?;
    Ok((glue, module.write()))
}

/// Classes for streams come with a dependency; they count as used only if something outside of them names them.
fn without_unused_classes(glue: &str) -> String {
    let mut rest = glue.to_owned();
    let classes: Vec<String> =
        glue.lines().filter_map(|line| line.strip_prefix("export class ")?.strip_suffix(" {")).map(str::to_owned).collect();
    for class in classes {
        let starts = [format!("export class {class} {{"), format!("if (Symbol.dispose) {class}."), format!("const {class}Finalization =")];
        let without = blocks(&rest).into_iter().filter(|block| !starts.iter().any(|start| block.starts_with(start))).collect::<String>();
        if !without.contains(&class) {
            rest = without;
        }
    }
    rest
}

/// The page loads the wasm by `default`, asynchronously.
fn without_init_sync(glue: &str) -> String {
    let kept = blocks(glue).into_iter().filter(|block| !block.starts_with("function initSync(")).collect::<String>();
    kept.replace("export { initSync, __wbg_init as default };", "export { __wbg_init as default };")
}

/// Top-level statements: a line that starts at the margin, and all that follows until the next such line. Closing lines belong to theirs.
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

/// Each `NAME` of `wasm.NAME`.
fn names_called(glue: &str) -> BTreeSet<&str> {
    glue.split("wasm.").skip(1).map(identifier).filter(|name| !name.is_empty()).collect()
}

fn identifier(text: &str) -> &str {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '$')).unwrap_or(text.len());
    &text[..end]
}

/// The entries of the import object, `        NAME: function…` to `        },`, renamed; those that the wasm no longer asks for are left out.
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

/// Without comments that fill their lines, empty lines and indentation. Generated code has no string that spans lines.
fn compact(glue: &str) -> String {
    let lines = glue.lines().map(str::trim);
    let code = lines.filter(|line| !(line.is_empty() || line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')));
    code.flat_map(|line| [line, "\n"]).collect()
}

/// Every name on one side is there on the other.
fn check(glue: &str, module: &Module) -> anyhow::Result<()> {
    for import in module.imports.iter().filter(|import| import.module == SHORT_MODULE) {
        if !glue.contains(&format!("\n{}: ", import.name)) {
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

/// a, b, … z, A, … Z, aa, …
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

    const GLUE: &str = r#"export class Stream {
    free() {
        wasm.stream_free(this.__wbg_ptr, 0);
    }
}
if (Symbol.dispose) Stream.prototype[Symbol.dispose] = Stream.prototype.free;
function __wbg_get_imports() {
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
const StreamFinalization = (typeof FinalizationRegistry === 'undefined')
    ? { register: () => {} }
    : new FinalizationRegistry(ptr => wasm.stream_free(ptr, 1));
let wasm;
function initSync(module) {
    wasm.start();
}
function __wbg_init() {
    wasm.__wbindgen_start();
}
export { initSync, __wbg_init as default };
"#;

    #[test]
    fn a_class_that_nothing_else_names_goes_with_all_its_parts() {
        let glue = without_init_sync(&without_unused_classes(GLUE));
        assert!(!glue.contains("Stream") && !glue.contains("stream_free") && !glue.contains("initSync"), "{glue}");
        assert_eq!(names_called(&glue), BTreeSet::from(["__wbindgen_start"]));
    }

    #[test]
    fn a_class_in_use_stays() {
        let used = GLUE.replace("return 1;", "return Stream.__wrap(1);");
        assert!(without_unused_classes(&used).contains("wasm.stream_free(ptr, 1)"));
    }

    #[test]
    fn imports_are_renamed_or_left_out() -> anyhow::Result<()> {
        let names = BTreeMap::from([("__wbg_fetch_0123456789abcdef".to_owned(), "a".to_owned())]);
        let glue = compact(&with_imports(GLUE, "./app_bg.js", &names)?);
        assert!(glue.contains("\na: function(arg0) {\nconst ret = fetch(arg0, { mode: \"cors\" });\nreturn ret;\n},\n};\n"), "{glue}");
        assert!(glue.contains("\"w\": import0") && !glue.contains("gone") && !glue.contains("asks"), "{glue}");
        Ok(())
    }

    #[test]
    fn short_names_are_all_different() {
        let names: BTreeSet<String> = (0..6000).map(short_name).collect();
        assert_eq!(names.len(), 6000);
        assert_eq!([short_name(0), short_name(51), short_name(52)], ["a", "Z", "aa"]);
    }
}
