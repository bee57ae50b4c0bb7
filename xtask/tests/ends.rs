//! Tests that each cell of docs/ends.md names existing tests or gives a reason.

use std::{collections::BTreeMap, ffi::OsStr, fs, path::Path};

/// The texts of the sources by module: the name of the file, or of the folder of a `mod.rs`. Several files may have one name.
fn add_sources(folder: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        let module = if path.ends_with("mod.rs") { folder.file_name() } else { path.file_stem() };
        if path.is_dir() {
            add_sources(&path, sources);
        } else if path.extension() == Some(OsStr::new("rs")) {
            let text = fs::read_to_string(&path).expect("the source is readable");
            sources.entry(module.expect("the path has a name").to_string_lossy().into_owned()).or_default().push_str(&text);
        }
    }
}

#[test]
fn every_cell_names_tests_that_exist_or_gives_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let mut sources = BTreeMap::new();
    add_sources(&root.join("tests"), &mut sources);
    for member in fs::read_dir(root.join("crates")).expect("the folder is readable") {
        let tests = member.expect("the folder is readable").path().join("tests");
        if tests.is_dir() {
            add_sources(&tests, &mut sources);
        }
    }
    let page = fs::read_to_string(root.join("docs/ends.md")).expect("docs/ends.md is readable");
    let (table, _) = page.split_once("## What ends, and when").expect("the tables of tests come first");
    let mut wrong = Vec::new();
    for row in table.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |")).filter(|it| !it.starts_with("event |")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        if cells.len() != 5 || cells[1..].iter().any(|it| !it.contains("::") && !it.contains("**")) {
            wrong.push(format!("a cell is missing or says nothing: {row}"));
        }
    }
    let tests = table.split('`').skip(1).step_by(2).filter_map(|it| it.split_once("::"));
    let tests: Vec<_> = tests.filter(|(module, _)| module.starts_with(|it: char| it.is_ascii_lowercase()) && *module != "module").collect();
    assert!(!tests.is_empty());
    for (module, test) in tests {
        if !sources.get(module).is_some_and(|it| it.contains(&format!("fn {test}("))) {
            wrong.push(format!("no such test: {module}::{test}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
