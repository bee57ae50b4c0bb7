//! Checks that `docs/scenarios.md` and `docs/trouble.md` name tests for each situation, and that these tests exist. A test after
//! `*planned*` must not exist yet.

use std::{collections::BTreeSet, fs, path::Path};

/// The rows of a table, each as its first cell and its last cell, which names tests.
fn rows(table: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(table)).unwrap();
    let rows = text.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix(" |"));
    rows.filter_map(|it| it.split_once(" | ").map(|(first, _)| (first, it.rsplit_once(" | ").unwrap_or_default().1)))
        .filter(|it| it.1 != "tests")
        .map(|it| (it.0.to_owned(), it.1.to_owned()))
        .collect()
}

fn check(of: &str, tests: &str) {
    for test in tests.split("<br>") {
        let (planned, name) = test.strip_prefix("*planned* ").map_or((false, test), |it| (true, it));
        let (path, function) = name.trim_matches('`').split_once("::").unwrap_or_else(|| panic!("{of}: {test}"));
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap_or_default();
        let exists = source.contains(&format!("fn {function}("));
        assert!(exists != planned, "{of}: {name} {}", if planned { "exists: remove `*planned*`" } else { "does not exist" });
    }
}

#[test]
fn every_scenario_names_a_test_that_exists() {
    let mut missing: BTreeSet<u32> = (1..=42).collect();
    for (name, tests) in rows("docs/scenarios.md") {
        let number = name.strip_prefix('T').and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("{name} is no scenario"));
        assert!(missing.remove(&number), "{name} has two rows");
        check(&name, &tests);
    }
    assert!(missing.is_empty(), "no test for {missing:?}");
}

#[test]
fn every_trouble_names_a_test_that_exists() {
    let rows = rows("docs/trouble.md");
    assert_eq!(rows.len(), 11);
    rows.iter().for_each(|(trouble, tests)| check(trouble, tests));
}
