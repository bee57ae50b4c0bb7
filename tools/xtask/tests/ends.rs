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

/// The repository's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask is in the workspace")
}

/// The names of tests in `text` that do not exist.
fn missing_tests(text: &str) -> Vec<String> {
    let mut sources = BTreeMap::new();
    add_sources(&root().join("tests"), &mut sources);
    for member in ["session", "emulator", "shop", "tools"].iter().flat_map(|room| fs::read_dir(root().join(room)).expect("readable")) {
        let tests = member.expect("the folder is readable").path().join("tests");
        if tests.is_dir() {
            add_sources(&tests, &mut sources);
        }
    }
    let tests = text.split('`').skip(1).step_by(2).filter_map(|it| it.split_once("::"));
    let tests: Vec<_> = tests.filter(|(module, _)| module.starts_with(|it: char| it.is_ascii_lowercase()) && *module != "module").collect();
    assert!(!tests.is_empty());
    let exists = |module: &str, test: &str| sources.get(module).is_some_and(|it| it.contains(&format!("fn {test}(")));
    let missing = tests.into_iter().filter(|(module, test)| !exists(module, test));
    missing.map(|(module, test)| format!("no such test: {module}::{test}")).collect()
}

/// The part of docs/ends.md between two headings, and the cells of the rows of its tables.
fn section(from: &str, to: &str) -> (String, Vec<Vec<String>>) {
    let page = fs::read_to_string(root().join("docs/ends.md")).expect("docs/ends.md is readable");
    let (_, rest) = page.split_once(from).expect("the heading exists");
    let (text, _) = rest.split_once(to).expect("the heading exists");
    let rows = text.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.map(|it| it.split(" | ").map(ToOwned::to_owned).collect()).collect();
    (text.to_owned(), rows)
}

#[test]
fn every_cell_names_tests_that_exist_or_gives_a_reason() {
    let (text, rows) = section("# Every way", "## How late");
    let mut wrong = missing_tests(&text);
    for row in rows.iter().filter(|it| it[0] != "event") {
        if row.len() != 5 || row[1..].iter().any(|it| !it.contains("::") && !it.contains("**")) {
            wrong.push(format!("a cell is missing or says nothing: {row:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The attributes of which the server keeps copies.
const ATTRIBUTES: [&str; 9] = [
    "password",
    "active",
    "expiry",
    "roles",
    "registration",
    "email verified",
    "two-factor changed",
    "refresh token revoked",
    "key rotated",
];
const WORKFLOWS: [&str; 5] = ["spa-local-storage", "spa-shared-domain", "spa-backend", "webapp-jwt", "webapp-session"];

#[test]
fn the_server_learns_of_each_change_within_a_tokens_life_or_a_user_check() {
    let (text, rows) = section("## How late", "## What ends, and when");
    let mut wrong = missing_tests(&text);
    let [header, rows @ ..] = &*rows else { panic!("the section has no table") };
    assert!(WORKFLOWS.iter().all(|it| header.concat().contains(&format!("`{it}`"))), "{header:?}");
    assert_eq!(rows.len(), ATTRIBUTES.len());
    for (row, attribute) in rows.iter().zip(ATTRIBUTES) {
        assert!(row[0].starts_with(attribute) && row.len() == header.len(), "{attribute}: {row:?}");
        for (cell, workflows) in row.iter().zip(header).skip(1) {
            // `webapp-session` checks no access token, and the other workflows check no user.
            let latest = if workflows.contains("webapp-session") { "**user check**" } else { "**one token's life**" };
            let delays: Vec<&str> = cell.split("**").skip(1).step_by(2).collect();
            let is_bounded = delays == ["none"] || cell.contains(latest) && delays.iter().all(|it| *it == "at once" || latest.contains(it));
            if !is_bounded || delays != ["none"] && !cell.contains("::") {
                wrong.push(format!("{attribute} in {workflows}: {cell}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
