//! Compares the sources of the app and the server: both must know the same endpoints and problem codes.

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

/// The texts in `source` between `before` and the next quotation mark. `{}` replaces each parameter, except one at the end, which is
/// removed.
fn paths(source: &str, before: &str) -> BTreeSet<String> {
    let texts = source.split(before).skip(1).filter_map(|rest| rest.split_once('"')).map(|(text, _)| text);
    let without_name =
        |text: &str| text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect::<Vec<_>>().join("{}");
    // Some code appends the last parameter to the string separately, so it is removed here.
    texts.map(|text| without_name(text).trim_end_matches("{}").to_owned()).collect()
}

#[test]
fn the_app_and_the_server_know_the_same_endpoints() {
    let server: BTreeSet<String> = sources("shop/storefront-server/src", ".rs")
        .iter()
        .filter(|source| source.split_whitespace().collect::<String>().contains("->Router<Backend>{Router::new().route("))
        .chain(&["cart.rs", "guest_api.rs"].map(|file| read(format!("shop/storefront-server/src/store/{file}"))))
        .flat_map(|source| paths(source, ".route(\"/"))
        .collect();
    let app: BTreeSet<String> =
        sources("src", "api.rs").iter().chain(&sources("src/shell", "config.rs")).flat_map(|source| paths(source, "\"/api/")).collect();
    // The session library's driver sends some requests itself. The methods of `Session` name the endpoints of the others.
    let of_session = ["fusionauth", "self_service", "sign_in"].map(|module| format!("fusionauth-session-web/src/{module}.rs"));
    let library = of_session.into_iter().chain(["fusionauth-api/src/verification.rs".to_owned()]);
    let library: BTreeSet<String> = library.flat_map(|file| paths(&read(format!("session/{file}")), "\"/api/")).collect();
    assert!(app.len() > 5 && library.len() > 3, "{app:?} {library:?}");
    assert_eq!(app.difference(&server).collect::<Vec<_>>(), Vec::<&String>::new(), "the server lacks these endpoints of the app");
    let known = app.union(&library).cloned().collect();
    assert_eq!(server.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "the app does not call these endpoints");
}

/// Each line of the app's list has a code, and says whether people see the server's detail. This test checks the codes. A test of `explain`
/// in the app checks the rest of each line.
#[test]
fn the_app_knows_every_problem_of_the_server() {
    let list = read("src/data/problem_codes.txt");
    let known: BTreeSet<String> = list.lines().map(|line| line.split_once(": ").unwrap().0.to_owned()).collect();
    assert_eq!(known, codes(), "src/data/problem_codes.txt must list the codes of the server");
}
