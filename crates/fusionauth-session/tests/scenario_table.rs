//! docs/scenarios.md names a test for each scenario, and each test that it names exists.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn every_scenario_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/scenarios.md")).unwrap();
    let mut missing: BTreeSet<u32> = (1..=42).collect();
    for row in table.lines().filter(|it| it.starts_with("| T")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let number = cells[1][1..].parse().unwrap();
        assert!(missing.remove(&number), "T{number} has two rows");
        let tests: Vec<&str> = cells[3].split("<br>").collect();
        assert!(!tests.is_empty() && !cells[2].is_empty(), "T{number} is empty");
        for test in tests {
            let (planned, name) = test.strip_prefix("*planned* ").map_or((false, test), |it| (true, it));
            let (path, function) = name.trim_matches('`').split_once("::").unwrap_or_else(|| panic!("T{number}: {test}"));
            let source = fs::read_to_string(root.join("../..").join(path)).unwrap_or_default();
            let exists = source.contains(&format!("fn {function}("));
            assert!(exists != planned, "T{number}: {name} {}", if planned { "exists: it is planned no more" } else { "does not exist" });
        }
    }
    assert!(missing.is_empty(), "no test for {missing:?}");
}
