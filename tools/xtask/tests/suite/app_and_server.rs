//! Compares the sources of the app and the server: both must know the same problem codes.

use crate::read;
use std::collections::BTreeSet;

/// The texts of all sources below `folder` whose path ends with `end`.
fn sources(folder: &str, end: &str) -> Vec<String> {
    crate::sources(folder).into_iter().filter(|(path, _)| path.to_string_lossy().ends_with(end)).map(|(_, text)| text).collect()
}

/// The codes of the problem documents in the server's files: a string in lower case, followed by the problem's title.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for source in sources("shop/storefront-server/src", ".rs").iter().filter(|it| it.contains("for ProblemResponse")) {
        for window in source.split('"').collect::<Vec<_>>().windows(3) {
            let is_code = !window[0].is_empty() && window[0].bytes().all(|byte| byte == b'-' || byte.is_ascii_lowercase());
            let between: String = window[1].split_whitespace().collect();
            if is_code && matches!(&*between, "," | ",t!(") && window[2].starts_with(|first: char| first.is_ascii_uppercase()) {
                codes.insert(window[0].to_owned());
            }
        }
    }
    codes
}

/// Each line of the app's list has a code, and says whether people see the server's detail. This test checks the codes. A test of `explain`
/// in the app checks the rest of each line.
#[test]
fn the_app_knows_every_problem_of_the_server() {
    let list = read("src/data/problem_codes.txt");
    let known: BTreeSet<String> = list.lines().map(|line| line.split_once(": ").unwrap().0.to_owned()).collect();
    assert_eq!(known, codes(), "src/data/problem_codes.txt must list the codes of the server");
}
