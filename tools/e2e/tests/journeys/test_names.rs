//! Collects the names of this repository's tests. `account_table` and `shop_table` check with them that the tests in their documents
//! exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The paths of all journeys, such as `gallery::store::pictures_of_the_store`.
fn journeys() -> BTreeSet<String> {
    let mut journeys = BTreeSet::new();
    for (file, source) in sources(&own("tests/journeys")) {
        let module = file.trim_end_matches(".rs").replace('/', "::");
        let names = source.split("#[tokio::test]\nasync fn ").skip(1).filter_map(|rest| rest.split('(').next());
        journeys.extend(names.map(|name| format!("{module}::{name}")));
    }
    journeys
}

/// Checks the cells of a document's table: each names tests that exist, or says after "open" or "none" why there are none. A name with a
/// module is a journey. Other names are journeys, or tests of the app, of the session library, or of the server.
pub(crate) fn check_cells(cells: impl Iterator<Item = (&'static str, &'static str)>) {
    let folders = [
        "../../tests",
        "../../session/fusionauth-session-web/tests",
        "../../session/leptos-fusionauth/tests",
        "../../shop/storefront-server/tests",
    ];
    let others: String = folders.iter().flat_map(|folder| sources(&own(folder))).map(|(_, source)| source).collect();
    let journeys = journeys();
    let is_known = |name: &str| {
        journeys.contains(name) || others.contains(&format!("fn {name}(")) || journeys.iter().any(|it| it.rsplit("::").next() == Some(name))
    };
    for (row, cell) in cells {
        let named: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        let unknown: Vec<&&str> = named.iter().filter(|it| !is_known(it)).collect();
        assert!(unknown.is_empty(), "{row}: there is no test {unknown:?}");
        let has_reason = ["**open**", "**none**: "].iter().any(|it| cell.contains(it));
        assert!(!named.is_empty() || has_reason, "{row}: {cell:?} has neither a test nor a reason");
    }
}

fn own(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The Rust files below `folder`: the path from there, and the source.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder exists").flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            sources.extend(self::sources(&path).into_iter().map(|(file, source)| (format!("{name}/{file}"), source)));
        } else if name.ends_with(".rs") {
            sources.push((name, fs::read_to_string(&path).expect("the file is text")));
        }
    }
    sources
}
