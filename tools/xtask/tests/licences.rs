//! Fails if a dependency has a licence that `deny.toml` does not allow, or comes from elsewhere than crates.io.

use std::iter::Peekable;
use std::path::Path;
use std::process::Command;

/// Whether a licence expression (SPDX) can be met by allowed licences. `/` is an older way to write `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "+");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed) && words.next().is_none()
}

fn either<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &[String]) -> bool {
    let mut is_met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        is_met |= all(words, allowed);
    }
    is_met
}

fn all<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &[String]) -> bool {
    let mut is_met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        is_met &= one(words, allowed);
    }
    is_met
}

fn one<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, allowed: &[String]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let is_met = either(words, allowed);
        return words.next() == Some(")") && is_met;
    }
    words.next().is_some_and(|licence| allowed.contains(&licence.replace('+', " WITH ")))
}

#[test]
fn each_dependency_has_an_allowed_licence_and_comes_from_crates_io() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask is in the workspace");
    let list = std::fs::read_to_string(root.join("deny.toml")).expect("deny.toml is readable");
    let (_, list) = list.split_once("allow = [\n").expect("deny.toml allows licences");
    let lines = list.lines().take_while(|line| *line != "]");
    let allowed: Vec<String> = lines.filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"]);
    let output = cargo.args(["--filter-platform", "wasm32-unknown-unknown"]).current_dir(root).output().expect("cargo runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata answers in JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let dependencies: Vec<_> = packages.iter().filter(|package| !package["source"].is_null()).collect();
    assert!(dependencies.len() > 300, "{}", dependencies.len());
    for package in dependencies {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_allowed(licence, &allowed), "{} has the licence {licence:?}", package["id"]);
        assert_eq!(package["source"], "registry+https://github.com/rust-lang/crates.io-index", "{}", package["id"]);
    }
    assert!(is_allowed("(GPL-3.0) OR MIT AND (Zlib OR GPL-3.0)", &allowed));
    for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR GPL-3.0) AND GPL-3.0", "(MIT"] {
        assert!(!is_allowed(refused, &allowed), "{refused:?}");
    }
}
