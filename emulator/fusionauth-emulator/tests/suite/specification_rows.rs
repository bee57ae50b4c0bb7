//! The rows of `specification_rows.txt`, each a fact that FusionAuth documents. Tests name the rows that they check.

const ROWS: &str = include_str!("specification_rows.txt");

/// The name and the content of each row.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.lines().filter_map(|it| it.split_once(" | "))
}

/// The number of each topic, with its name and its sources.
pub(crate) fn topics() -> impl Iterator<Item = (&'static str, &'static str)> {
    // The first line explains the file.
    ROWS.lines().skip(1).filter_map(|it| it.strip_prefix("# ")?.split_once(' '))
}

/// Names the rows that the calling test checks, and fails if a row does not exist. `coverage.rs` finds these calls in the source of the
/// tests, and writes the names into `docs/emulator-coverage.md`.
pub(crate) fn covers(names: &[&str]) {
    for name in names {
        assert!(rows().any(|(it, _)| it == *name), "no row has the name {name}");
    }
}
