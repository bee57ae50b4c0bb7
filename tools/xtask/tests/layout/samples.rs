//! Tests of the layout check itself: small samples that break a rule, and similar ones that do not break it.

use crate::crates::{Row, WorkspaceCrate, table};
use crate::imports::{Imports, Sources, imports};
use crate::rules::{APP, Layers, SERVER, Violation, cycles, dependencies, folders, large_cycles};
use std::path::PathBuf;

fn read(files: &[(&str, &str)]) -> Imports {
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    imports(&Sources { root: "lib.rs".into(), files })
}

fn texts(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(Violation::to_string).collect()
}

fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    texts(&cycles("sample", &read(files)))
}

#[test]
fn a_cycle_between_folders_is_found_however_the_path_is_written() {
    let imports_of_b = [
        "use crate::b::x::Two; pub struct One;",
        "use super::super::b::x; pub struct One; fn f() -> x::Two { x::Two }",
        "use crate::b::{self, x::{Two as Other}}; pub struct One;",
        "pub struct One; pub fn f() { crate::b::x::Two; }",
        "pub struct One; pub fn f(_: impl Into<crate::b::x::Two>) {}",
        "pub struct One; pub fn f() { println!(\"{}\", vec![crate::b::x::Two]); }",
        "pub struct One; pub fn f() { use crate::b::Short; let _ = Short; }",
        "use crate::b::*; pub struct One;",
    ];
    for text in imports_of_b {
        let violations = cycles_of(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod x;\npub use x::One;"),
            ("a/x.rs", text),
            ("b/mod.rs", "pub mod x; pub use x::Two as Short; pub fn g() -> crate::a::One { crate::a::One }"),
            ("b/x.rs", "use crate::a::One; pub struct Two;"),
        ]);
        assert!(!violations.is_empty(), "{text}");
    }
}

#[test]
fn a_cycle_through_a_third_folder_is_reported_with_all_of_its_files() {
    let violations = cycles_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a/mod.rs", "pub mod x;"),
        ("a/x.rs", "use crate::b::x::B;"),
        ("b/mod.rs", "pub mod x;"),
        ("b/x.rs", "use crate::c::x::C; pub struct B;"),
        ("c/mod.rs", "pub mod x;"),
        ("c/x.rs", "use crate::a::x as other; pub struct C;"),
    ]);
    assert_eq!(violations, ["sample (no cycle between folders): a/x.rs -> b/x.rs -> c/x.rs -> a/x.rs"]);
}

#[test]
fn imports_without_a_cycle_between_folders_pass() {
    // A re-export counts as an import of the file that defines the name. Files of one folder may import each other, and so may a module
    // and its submodules. Unit tests are not read.
    let violations = cycles_of(&[
        ("lib.rs", "mod a; mod b; mod one; mod two; pub use a::One; pub use b::*;"),
        ("a.rs", "mod x; pub use x::One; pub fn f() { x::g(); }"),
        ("a/x.rs", "use super::f; use crate::Two; pub struct One; pub fn g() { f(); }"),
        ("b.rs", "pub struct Two;\n#[cfg(test)] mod tests { use crate::a::One; }"),
        ("one.rs", "use crate::two::f;"),
        ("two.rs", "use crate::one; pub fn f(two: u8) -> u8 { let b = two; b }"),
    ]);
    assert_eq!(violations, [] as [&str; 0]);
}

#[test]
fn a_cycle_of_four_files_is_found_and_one_of_three_passes() {
    let cycle = |fourth: &'static str| {
        let three = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c; pub struct B;"),
        ];
        let last = [("c.rs", "use crate::a::A; use crate::d::D;"), ("d.rs", fourth)];
        texts(&large_cycles("sample", &read(&[&three[..], &last[..]].concat())))
    };
    assert_eq!(cycle("pub struct D;"), [] as [&str; 0]);
    let group = "sample (at most three files import each other): a.rs, b.rs, c.rs, d.rs";
    assert_eq!(cycle("use crate::b::B; pub struct D;"), [group]);
}

fn folders_of(layers: &Layers, files: &[(&str, &str)]) -> Vec<String> {
    texts(&folders("sample", layers, &read(files)))
}

#[test]
fn in_the_app_imports_go_down_and_features_stay_apart() {
    let app = |store: &str, core: &str| {
        folders_of(
            &APP,
            &[
                ("lib.rs", "mod core; mod sign_in; mod store; mod forums;"),
                ("core/mod.rs", core),
                ("sign_in.rs", "pub struct Outcome;"),
                ("store/mod.rs", "pub mod cart;"),
                ("store/cart.rs", store),
                ("forums.rs", "pub struct Thread;"),
            ],
        )
    };
    assert_eq!(app("use crate::sign_in::Outcome; use crate::core::Route;", "pub struct Route;"), [] as [&str; 0]);
    let sideways = app("use crate::forums::Thread;", "");
    assert_eq!(sideways, ["sample (folders import downward): store/cart.rs must not import forums.rs"]);
    let upward = app("", "use crate::sign_in::Outcome;");
    assert_eq!(upward, ["sample (folders import downward): core/mod.rs must not import sign_in.rs"]);
}

#[test]
fn in_the_app_no_folder_is_outside_the_layout() {
    let violations =
        folders_of(&APP, &[("lib.rs", "mod helpers; mod core;"), ("helpers.rs", ""), ("core.rs", "use crate::start; use super::f;")]);
    assert_eq!(
        violations,
        [
            "sample (folders import downward): helpers.rs stands in none of the layout's folders",
            "sample (folders import downward): core.rs must not import lib.rs"
        ]
    );
}

#[test]
fn in_the_server_only_the_features_are_kept_apart() {
    let violations = folders_of(
        &SERVER,
        &[
            ("lib.rs", "mod http; mod store; mod forums;"),
            ("http.rs", "use crate::store::Cart;"),
            ("store/mod.rs", "use crate::http; pub struct Cart;"),
            ("forums/mod.rs", "use crate::store::Cart;"),
        ],
    );
    assert_eq!(violations, ["sample (folders import downward): forums/mod.rs must not import store/mod.rs"]);
}

const TABLE: &str = "# A\n\n## Crates\n\n| crate | owns | uses |\n|---|---|---|\n| `app` (root) | pages | `api` |\n\
    | `small` | nothing | |\n| `api` | types | |\n\n## Next\n\n| `no` | crate | |\n";

fn workspace_crate(name: &str, uses: &[&str], tests_use: &[&str]) -> WorkspaceCrate {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    WorkspaceCrate { name: name.to_owned(), uses: names(uses), tests_use: names(tests_use), roots: Vec::new() }
}

fn dependencies_of(app: WorkspaceCrate, small: WorkspaceCrate, api: WorkspaceCrate) -> Vec<String> {
    texts(&dependencies(&table(TABLE), &[app, small, api]))
}

#[test]
fn a_crate_uses_only_what_its_row_names() {
    let (app, small, api) =
        (workspace_crate("app", &["api"], &[]), workspace_crate("small", &[], &["api"]), workspace_crate("api", &[], &[]));
    assert_eq!(dependencies_of(app, small, api), [] as [&str; 0]);

    let violations =
        dependencies_of(workspace_crate("app", &[], &[]), workspace_crate("small", &["api"], &[]), workspace_crate("api", &[], &[]));
    assert_eq!(
        violations,
        [
            "app (crates depend downward): its row in ARCHITECTURE.md names api, which it does not use",
            "small (crates depend downward): it uses api, which its row in ARCHITECTURE.md does not name"
        ]
    );
}

#[test]
fn a_crate_uses_nothing_above_it_not_even_in_its_tests() {
    let violations =
        dependencies_of(workspace_crate("app", &["api"], &[]), workspace_crate("small", &[], &[]), workspace_crate("api", &[], &["app"]));
    assert_eq!(violations, ["api (crates depend downward): app stands above it in ARCHITECTURE.md, and it may only use what stands below"]);
}

#[test]
fn the_table_lists_the_crates_that_there_are() {
    let violations =
        dependencies_of(workspace_crate("app", &["api"], &[]), workspace_crate("new", &[], &[]), workspace_crate("api", &[], &[]));
    assert_eq!(
        violations,
        [
            "new (crates depend downward): ARCHITECTURE.md's table of crates has no row for it",
            "small (crates depend downward): there is no such crate"
        ]
    );
    let names: Vec<String> = table(TABLE).into_iter().map(|Row { name, .. }| name).collect();
    assert_eq!(names, ["app", "small", "api"]);
}
