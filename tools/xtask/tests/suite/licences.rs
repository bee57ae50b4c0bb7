//! Fails if a dependency has a licence that `deny.toml` does not allow, or comes from elsewhere than crates.io.

use crate::{packages, read};
use spdx::{Expression, Licensee, ParseMode};

#[test]
fn each_dependency_has_an_allowed_licence_and_comes_from_crates_io() {
    let list = read("deny.toml");
    let (_, list) = list.split_once("allow = [\n").expect("deny.toml allows licences");
    let names = list.lines().take_while(|line| *line != "]").filter_map(|line| line.split('"').nth(1));
    let allowed: Vec<Licensee> = names.map(|name| Licensee::parse(name).expect("a name of SPDX")).collect();
    let platforms = ["--filter-platform", "x86_64-unknown-linux-gnu", "--filter-platform", "wasm32-unknown-unknown"];
    let packages = packages(&[&["--locked"], &platforms[..]].concat());
    let dependencies: Vec<_> = packages.iter().filter(|package| !package["source"].is_null()).collect();
    assert!(dependencies.len() > 300, "{}", dependencies.len());
    for package in dependencies {
        let licence = package["license"].as_str().unwrap_or_default();
        // Old packages write `/` in place of `OR`.
        let expression = Expression::parse_mode(licence, ParseMode::LAX);
        let is_allowed = expression.is_ok_and(|it| it.evaluate(|required| allowed.iter().any(|licence| licence.satisfies(required))));
        assert!(is_allowed, "{} has the licence {licence:?}", package["id"]);
        assert_eq!(package["source"], "registry+https://github.com/rust-lang/crates.io-index", "{}", package["id"]);
    }
}
