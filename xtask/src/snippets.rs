//! Puts the scripts that crates contain (wasm-bindgen's snippets) into the glue, so that a browser loads fewer files before the wasm can
//! start.

use anyhow::{Context, bail};

/// The folder into which wasm-bindgen writes the scripts, next to the glue.
pub const FOLDER: &str = "snippets";

/// Replaces each import of a script with the script's text. `read` returns the text of a script by its path relative to the glue.
///
/// The glue imports single names of a script that it calls itself, and the whole module of a script that the wasm calls.
pub fn inline(glue: &str, read: impl Fn(&str) -> anyhow::Result<String>) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut inlined = Vec::new();
    for line in glue.split_inclusive('\n') {
        let Some((what, path)) = import(line) else {
            out.push_str(line);
            continue;
        };
        let at = match inlined.iter().position(|it| it == path) {
            Some(at) => at,
            None => {
                out.push_str(&module(inlined.len(), &read(path)?).with_context(|| format!("cannot inline {path}"))?);
                inlined.push(path.to_owned());
                inlined.len() - 1
            }
        };
        let what = what.strip_prefix("* as ").unwrap_or(what);
        out.push_str(&format!("const {what} = snippet{at};\n"));
    }
    Ok(out)
}

/// `WHAT` and `snippets/PATH` of the line `import WHAT from "./snippets/PATH"`.
fn import(line: &str) -> Option<(&str, &str)> {
    let (what, from) = line.strip_prefix("import ")?.split_once(" from ")?;
    let path = from.trim().trim_end_matches(';').trim_matches(['"', '\'']).strip_prefix("./")?;
    path.starts_with(FOLDER).then_some((what, path))
}

/// The script as a constant that holds its exports, so that its other names do not clash with those of the glue.
fn module(at: usize, text: &str) -> anyhow::Result<String> {
    const EXPORT: &str = "export const ";
    let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(EXPORT)?.split_once(' ')).map(|it| it.0).collect();
    let body: String = text.split_inclusive('\n').map(|line| line.strip_prefix("export ").unwrap_or(line)).collect();
    if names.is_empty() || text.matches("export ").count() != names.len() {
        bail!("only lines that begin with `{EXPORT}` are understood as exports");
    }
    Ok(format!("const snippet{at} = (() => {{\n{body}return {{ {} }};\n}})();\n", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = r#"import { send, lock } from './snippets/a-0123/x.js';
import * as import1 from "./snippets/a-0123/x.js"
import { other } from './elsewhere.js';
function __wbg_get_imports() {
    return { "./snippets/a-0123/x.js": import1 };
}
"#;

    #[test]
    fn an_import_is_replaced_by_the_script() -> anyhow::Result<()> {
        let text = "const hidden = 1;\n// Sends.\nexport const send = () => hidden;\nexport const lock = () => {\n};\n";
        let glue = inline(GLUE, |path| {
            assert_eq!(path, "snippets/a-0123/x.js");
            Ok(text.to_owned())
        })?;
        let expected = "const snippet0 = (() => {\nconst hidden = 1;\n// Sends.\nconst send = () => hidden;\nconst lock = () => {\n};\n\
             return { send, lock };\n})();\nconst { send, lock } = snippet0;\nconst import1 = snippet0;\nimport { other } from './elsewhere.js';\n";
        assert!(glue.starts_with(expected), "{glue}");
        Ok(())
    }

    #[test]
    fn a_script_with_other_kinds_of_exports_is_an_error() {
        for text in ["export default 1;\n", "export { a };\n", "const a = 1;\n", "export const a = 1;\nexport function b() {}\n"] {
            assert!(inline(GLUE, |_| Ok(text.to_owned())).is_err(), "{text}");
        }
    }
}
