//! Every row of the specification has a test that names it, and `docs/emulator-coverage.md` says which. `UPDATE=1` rewrites it.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn every_row_has_a_test_and_the_table_says_which() {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut files: Vec<_> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|it| it.extension().is_some_and(|it| it == "rs") && !it.ends_with("coverage.rs")) {
        for (row, test) in named(&fs::read_to_string(file).unwrap()) {
            let name = format!("{}::{test}", file.file_stem().unwrap().to_str().unwrap());
            tests.entry(row).or_default().push(name);
        }
    }
    let missing: Vec<_> = common::rows().filter(|(row, _)| !tests.contains_key(*row)).map(|(row, _)| row).collect();
    assert!(missing.is_empty(), "no test names these rows: {missing:#?}");
    let unknown: Vec<_> = tests.keys().filter(|it| !common::rows().any(|(row, _)| row == *it)).collect();
    assert!(unknown.is_empty(), "tests name rows that are not there: {unknown:#?}");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/emulator-coverage.md");
    let table = table(&tests);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == table, "docs/emulator-coverage.md is out of date: run this test with UPDATE=1");
}

/// The rows that a source file names in `covers(&[…])`, each with the test that names it.
fn named(source: &str) -> Vec<(String, String)> {
    let (mut found, mut test, mut inside) = (Vec::new(), String::new(), false);
    for line in source.lines() {
        let code = line.trim();
        let function =
            code.strip_prefix("async fn ").or(code.strip_prefix("fn ")).filter(|_| !line.starts_with("    ") || code.ends_with('('));
        if let Some(name) = function.and_then(|it| it.split(['(', '<']).next()) {
            name.clone_into(&mut test);
        }
        inside |= code.contains("covers(&[");
        if inside {
            // Every other piece between quotes is a literal.
            let literals = code.split('"').skip(1).step_by(2);
            found.extend(literals.map(|row| (row.to_owned(), test.clone())));
            inside = !code.contains("])");
        }
    }
    found
}

fn table(tests: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = "# What the emulator's tests hold it to\n\nMade from `crates/fusionauth-emulator/tests` by its `coverage` test, which fails if a row has no test. \
        Rows with the same number belong to the same topic.\n\n| Row | What is documented | Tests |\n|---|---|---|\n"
        .to_owned();
    for (row, content) in common::rows() {
        let tests: Vec<String> = tests.get(row).into_iter().flatten().map(|it| format!("`{it}`")).collect();
        text.push_str(&format!("| {row} | {} | {} |\n", content.replace('|', "\\|"), tests.join(", ")));
    }
    text
}
