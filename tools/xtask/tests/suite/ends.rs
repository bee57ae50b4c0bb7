//! Tests that each cell of docs/ends.md names existing tests or gives a reason.

use crate::{module_of, read, sources};
use std::collections::BTreeMap;

/// The names of tests in `text` that no source in a folder `tests` has. [`documents`](crate::documents) accepts any function.
fn missing_tests(text: &str) -> Vec<&str> {
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for (path, source) in sources("").into_iter().filter(|(path, _)| path.components().any(|it| it.as_os_str() == "tests")) {
        modules.entry(module_of(&path)).or_default().push_str(&source);
    }
    let tests = text.split('`').skip(1).step_by(2).filter_map(|code| Some((code, code.split_once("::")?)));
    let tests: Vec<_> =
        tests.filter(|(_, (module, _))| module.starts_with(|it: char| it.is_ascii_lowercase()) && *module != "module").collect();
    assert!(!tests.is_empty());
    let exists = |module: &str, test: &str| modules.get(module).is_some_and(|it| it.contains(&format!("fn {test}(")));
    tests.into_iter().filter(|(_, (module, test))| !exists(module, test)).map(|(code, _)| code).collect()
}

/// The part of docs/ends.md between two headings, and the cells of the rows of its tables.
fn section(from: &str, to: &str) -> (String, Vec<Vec<String>>) {
    let page = read("docs/ends.md");
    let (_, rest) = page.split_once(from).expect("the heading exists");
    let (text, _) = rest.split_once(to).expect("the heading exists");
    let rows = text.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    (text.to_owned(), rows.map(|it| it.split(" | ").map(ToOwned::to_owned).collect()).collect())
}

#[test]
fn every_cell_names_tests_that_exist_or_gives_a_reason() {
    let (text, rows) = section("# Every way", "## How late");
    assert_eq!(missing_tests(&text), [""; 0], "no such tests");
    assert!(rows.len() > 10, "{rows:?}");
    for row in rows.iter().filter(|it| it[0] != "event") {
        assert!(row.len() == 5 && row[1..].iter().all(|it| it.contains("::") || it.contains("**")), "{row:?}");
    }
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
    assert_eq!(missing_tests(&text), [""; 0], "no such tests");
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
            assert!(is_bounded && (delays == ["none"] || cell.contains("::")), "{attribute} in {workflows}: {cell}");
        }
    }
}
