//! Collects the names of this repository's tests. `account_table` and `shop_table` need them to check that the tests in their documents
//! exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The paths of all journeys, such as `gallery::store::pictures_of_the_store`.
pub(crate) fn journeys() -> BTreeSet<String> {
    let mut journeys = BTreeSet::new();
    for (file, source) in sources(&own("tests/journeys")) {
        let module = file.trim_end_matches(".rs").replace('/', "::");
        let names = source.split("#[tokio::test]\nasync fn ").skip(1).filter_map(|rest| rest.split('(').next());
        journeys.extend(names.map(|name| format!("{module}::{name}")));
    }
    journeys
}

/// The source of the tests of the app and of `leptos-fusionauth`, which run in a browser.
pub(crate) fn browser_tests() -> String {
    text_of(&["../../tests", "../../session/fusionauth-session-web/tests", "../../session/leptos-fusionauth/tests"])
}

/// The source of the server's tests.
pub(crate) fn server_tests() -> String {
    text_of(&["../../shop/storefront-server/tests"])
}

fn text_of(folders: &[&str]) -> String {
    folders.iter().flat_map(|folder| sources(&own(folder))).map(|(_, source)| source).collect()
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
