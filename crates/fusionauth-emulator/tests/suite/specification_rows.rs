//! What FusionAuth documents, row by row, and the tests that hold the emulator to it.

const ROWS: &str = include_str!("specification_rows.txt");

/// The specification's rows: name and content.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.lines().filter_map(|it| it.split_once(" | "))
}

/// Says which of the specification's rows the calling test holds the emulator to; `docs/emulator-coverage.md` is made of it.
pub(crate) fn covers(names: &[&str]) {
    for name in names {
        assert!(rows().any(|(it, _)| it == *name), "no row is called {name}");
    }
}
