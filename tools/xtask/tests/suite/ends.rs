//! Tests that the tables of tests in the documents name existing tests or give a reason.

use crate::{module_of, read, sources};
use std::collections::BTreeMap;

/// The sources in folders `tests`, by the names of their modules. [`documents`](crate::documents) accepts any function.
fn tests() -> BTreeMap<String, String> {
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for (path, source) in sources("").into_iter().filter(|(path, _)| path.components().any(|it| it.as_os_str() == "tests")) {
        modules.entry(module_of(&path)).or_default().push_str(&source);
    }
    modules
}

/// The names in backticks in `text` that no module has. A name is a function, or `module::function`, or `path.rs::function`.
fn missing<'a>(modules: &BTreeMap<String, String>, text: &'a str) -> Vec<&'a str> {
    let exists = |code: &str| match code.rsplit_once("::") {
        Some((path, test)) if path.ends_with(".rs") => read(path).contains(&format!("fn {test}(")),
        Some((path, test)) => {
            let module = path.rsplit("::").next().unwrap_or_default();
            modules.get(module).is_some_and(|it| it.contains(&format!("fn {test}(")))
        }
        None => modules.values().any(|it| it.contains(&format!("fn {code}("))),
    };
    text.split('`').skip(1).step_by(2).filter(|code| !exists(code)).collect()
}

/// The names of tests in `text` with a module that does not have them.
fn missing_tests(text: &str) -> Vec<&str> {
    let is_test = |code: &str| code.starts_with(|it: char| it.is_ascii_lowercase()) && code.contains("::") && !code.starts_with("module::");
    assert!(text.split('`').skip(1).step_by(2).any(is_test));
    missing(&tests(), text).into_iter().filter(|it| is_test(it)).collect()
}

/// Documents with tables of tests, and the beginnings of the tables' headings.
const TABLES: [(&str, &[&str]); 5] = [
    ("docs/account.md", &["| Status |", "| Part |", "| State |", "| Number |"]),
    ("docs/emulator-coverage.md", &["| Row |"]),
    ("docs/shop.md", &["| Part |"]),
    ("session/fusionauth-session/docs/scenarios.md", &["| | situation |"]),
    ("session/fusionauth-session/docs/trouble.md", &["| trouble |"]),
];

#[test]
fn each_row_names_tests_that_exist_or_says_why_there_are_none() {
    let (modules, cells) = (tests(), |row: &str| row.trim_matches('|').split('|').map(|it| it.trim().to_owned()).collect::<Vec<_>>());
    for (document, headings) in TABLES {
        let text = read(document);
        let is_in_document = |it: &&str| text.split("\n\n").any(|table| table.starts_with(it));
        assert!(headings.iter().all(is_in_document), "{document} has lost a table");
        for table in text.split("\n\n").filter(|table| headings.iter().any(|it| table.starts_with(it))) {
            let heading = cells(table.lines().next().unwrap_or_default());
            assert!(table.lines().count() > 2, "{document}: the table {heading:?} is empty");
            for row in table.lines().skip(2).map(cells) {
                let of_tests = heading.iter().zip(&row).skip(1).filter(|(heading, _)| !["What", "situation"].contains(&heading.as_str()));
                for (_, cell) in of_tests {
                    assert_eq!(missing(&modules, cell), [""; 0], "{document}: {}", row[0]);
                    let has_reason = ["**open**", "**none**: "].iter().any(|it| cell.contains(it));
                    assert!(cell.contains('`') || has_reason, "{document}: {row:?} has neither a test nor a reason");
                }
            }
        }
    }
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
