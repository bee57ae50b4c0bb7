//! The layout check: reads the sources and fails if a file imports another one that it must not import.
//!
//! The compiler accepts any import within a crate, so nothing else would notice when folders begin to depend on each other. This check
//! fails when
//!
//! - files of different folders of one crate, or more than three of its files, import each other in a cycle,
//! - a folder of the app, the server or the emulator imports a higher one, or a feature imports another feature,
//! - the dependencies of a crate differ from its row in ARCHITECTURE.md's table, or a crate uses one that stands above it.
//!
//! It reads the paths that begin with `crate` or `super`, in macros, too. A path counts as an import of the file of its longest module, so
//! re-exports are not followed. Unit tests (`#[cfg(test)]`) are not read.

use crate::{packages, read, sources};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Folders and files of a crate in layers, the highest first. Each may import only from lower layers, and so not from another folder or file
/// of its own layer. Only the crate's roots, `lib.rs` and `main.rs`, may be outside of the layers.
type Layers = &'static [&'static [&'static str]];

/// The single-page app.
const APP: Layers = &[&["shell"], &["account", "store", "forums"], &["sign_in"], &["data"], &["ui"], &["core"]];

const EMULATOR: Layers =
    &[&["emulator"], &["control"], &["kickstart"], &["api"], &["http"], &["domain"], &["database"], &["model", "state"]];

const SERVER: Layers = &[
    &["program"],
    &["server", "static_site"],
    &["router", "purge", "demo_data"],
    &["features", "demo_products"],
    &["account", "contact", "store", "forums"],
    &["sign_in", "spa"],
    &["pages"],
    &["drafts"],
    &["notices", "product_threads"],
    &["user_request", "users"],
    &["state", "auth_proxy"],
    &["config"],
    &["auth"],
    &["http"],
    &["metrics", "search_words", "user_data"],
    &["database", "background"],
    &["clock", "mail", "product_text", "secret", "text", "tls", "typed"],
];

/// The most files that may import each other, directly or through other files.
const LARGEST_CYCLE: usize = 3;

/// The files of one crate, by their path below `src`, each with the files that it imports.
type Imports = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

#[test]
fn every_import_goes_the_way_that_the_layout_allows() {
    let crates = workspace();
    let mut wrong = wrong_dependencies(&table(&read("ARCHITECTURE.md")), &crates);
    for (name, member) in &crates {
        let imports = imports(&sources(member.folder.join("src")));
        let mut found = wrong_cycles(&imports);
        match name.as_str() {
            "storefront" => found.extend(wrong_layers(APP, &imports)),
            "fusionauth-emulator" => found.extend(wrong_layers(EMULATOR, &imports)),
            "storefront-server" => found.extend(wrong_layers(SERVER, &imports)),
            _ => {}
        }
        wrong.extend(found.into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn imports(sources: &BTreeMap<PathBuf, String>) -> Imports {
    // The file of a module: `a/b.rs` or `a/b/mod.rs` for `a::b`.
    let module_of = |file: &Path| -> Vec<String> {
        let parts = file.with_extension("");
        let parts = parts.iter().map(|it| it.to_string_lossy().into_owned());
        parts.filter(|it| !matches!(it.as_str(), "mod" | "lib" | "main")).collect()
    };
    let modules: BTreeMap<Vec<String>, &PathBuf> = sources.keys().rev().map(|file| (module_of(file), file)).collect();
    let of_file = |(file, text): (&PathBuf, &String)| {
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut paths = Vec::new();
        add_paths(tokens, &[], &mut paths);
        let imported = paths.into_iter().filter_map(|path| {
            let mut at = if path[0] == "crate" { Vec::new() } else { module_of(file) };
            for name in &path {
                match name.as_str() {
                    "super" => drop(at.pop()),
                    "crate" | "self" => {}
                    name => at.push(name.to_owned()),
                }
            }
            let files = (0..=at.len()).rev().filter_map(|length| modules.get(&at[..length]));
            files.map(|it| (*it).clone()).next()
        });
        (file.clone(), imported.filter(|it| it != file).collect())
    };
    sources.iter().map(of_file).collect()
}

/// Adds the paths that begin with `crate` or `super`. `prefix` is the path before a group of a `use` declaration.
fn add_paths(tokens: TokenStream, prefix: &[String], paths: &mut Vec<Vec<String>>) {
    let is_path = |path: &[String]| path.first().is_some_and(|it| it == "crate" || it == "super");
    let end = |path: &mut Vec<String>, paths: &mut Vec<Vec<String>>| {
        let whole = std::mem::replace(path, prefix.to_vec());
        paths.extend(Some(whole).filter(|it| is_path(it) && it.len() > prefix.len().max(1))); // not `pub(crate)`
    };
    let (mut tokens, mut path, mut colons) = (tokens.into_iter(), prefix.to_vec(), 0);
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == ':' => {
                colons += 1;
                continue;
            }
            TokenTree::Ident(name) => {
                if colons != 2 {
                    end(&mut path, paths);
                }
                if name == "as" {
                    _ = tokens.next(); // another name for the same item
                } else {
                    path.push(name.to_string());
                }
            }
            TokenTree::Group(group) if group.stream().to_string().replace(' ', "") == "cfg(test)" => {
                // Skips the item with this attribute.
                _ = tokens.by_ref().find(|it| match it {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    TokenTree::Punct(mark) => mark.as_char() == ';',
                    _ => false,
                });
            }
            TokenTree::Group(group) => {
                let is_of_use = colons == 2 && group.delimiter() == Delimiter::Brace;
                add_paths(group.stream(), if is_of_use { &path } else { &[] }, paths);
                path.truncate(if is_of_use { 0 } else { path.len() });
                end(&mut path, paths);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => end(&mut path, paths),
        }
        colons = 0;
    }
    end(&mut path, paths);
}

/// The groups of files that import each other, if they stand in several folders or are many.
fn wrong_cycles(imports: &Imports) -> Vec<String> {
    let reached: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> = imports.keys().map(|file| (file, reachable(imports, file))).collect();
    // `cart.rs` with submodules in `cart/` belongs to the folder `cart`.
    let folder = |file: &PathBuf| {
        let own = file.with_extension("");
        if imports.keys().any(|it| it.starts_with(&own)) { own } else { file.parent().unwrap_or(Path::new("")).to_owned() }
    };
    let mut groups = BTreeSet::new();
    for (file, others) in &reached {
        let group: Vec<_> = others.iter().copied().filter(|other| reached[other].contains(file)).collect();
        let folders: BTreeSet<PathBuf> = group.iter().copied().map(folder).collect();
        if folders.len() > 1 || group.len() > LARGEST_CYCLE {
            groups.insert(group);
        }
    }
    let names = |group: Vec<&PathBuf>| group.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
    groups.into_iter().map(|group| format!("these files import each other: {}", names(group))).collect()
}

/// The files that this file imports, directly or through other files.
fn reachable<'a>(imports: &'a Imports, from: &'a PathBuf) -> BTreeSet<&'a PathBuf> {
    let (mut found, mut queue) = (BTreeSet::new(), vec![from]);
    while let Some(file) = queue.pop() {
        queue.extend(imports[file].iter().filter(|other| found.insert(*other)));
    }
    found
}

/// The imports that the layers forbid.
fn wrong_layers(layers: Layers, imports: &Imports) -> Vec<String> {
    // The first part of a path: `store` for `store/cart/line.rs` and for `store.rs`.
    let folder = |file: &Path| file.iter().next().map(|it| Path::new(it).with_extension("").display().to_string()).unwrap_or_default();
    let layer = |file: &Path| layers.iter().position(|it| it.contains(&&*folder(file)));
    let is_root = |file: &Path| ["lib.rs", "main.rs"].iter().any(|it| file == Path::new(it));
    let mut wrong = Vec::new();
    for (from, imported) in imports.iter().filter(|(from, _)| !is_root(from)) {
        let Some(own) = layer(from) else {
            wrong.push(format!("{} stands in none of the layout's folders", from.display()));
            continue;
        };
        let is_allowed = |to: &PathBuf| folder(from) == folder(to) || layer(to).is_some_and(|lower| own < lower);
        wrong.extend(imported.iter().filter(|to| !is_allowed(to)).map(|to| format!("{} must not import {}", from.display(), to.display())));
    }
    wrong
}

/// A crate of the workspace, and those that it and its tests depend on.
struct Member {
    folder: PathBuf,
    uses: BTreeSet<String>,
    tests_use: BTreeSet<String>,
}

/// All crates by their names, as `cargo metadata` lists them.
fn workspace() -> BTreeMap<String, Member> {
    let packages = packages(&["--no-deps", "--offline"]);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = packages.iter().map(|package| text(&package["name"])).collect();
    let member = |package: &serde_json::Value| {
        let dependencies = |is_wanted: fn(&serde_json::Value) -> bool| {
            let wanted = package["dependencies"].as_array().into_iter().flatten().filter(|it| is_wanted(&it["kind"]));
            // A crate's tests may depend on the crate itself, with other features.
            wanted.map(|it| text(&it["name"])).filter(|name| package["name"] != **name && names.contains(name)).collect()
        };
        let (uses, tests_use) = (dependencies(|kind| kind != "dev"), dependencies(|kind| kind == "dev"));
        let folder = Path::new(&text(&package["manifest_path"])).parent().expect("a manifest is in a folder").to_owned();
        (text(&package["name"]), Member { folder, uses, tests_use })
    };
    packages.iter().map(member).collect()
}

/// The rows of the table under "## Crates": a crate, and the crates that it may use, which the last column names.
fn table(architecture: &str) -> Vec<(String, BTreeSet<String>)> {
    let section = architecture.split_once("\n## Crates\n").map_or("", |(_, rest)| rest);
    let lines = section.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| `"));
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let row = |line: &str| {
        let (first, rest) = line.trim_matches('|').split_once('|').unwrap_or_default();
        (names(first).swap_remove(0), names(rest.rsplit('|').next().unwrap_or_default()).into_iter().collect())
    };
    lines.map(row).collect()
}

fn wrong_dependencies(table: &[(String, BTreeSet<String>)], crates: &BTreeMap<String, Member>) -> Vec<String> {
    let place = |name: &str| table.iter().position(|row| row.0 == name);
    let mut wrong = Vec::new();
    for (name, Member { uses, tests_use, .. }) in crates {
        let Some(own) = place(name) else {
            wrong.push(format!("{name}: ARCHITECTURE.md's table of crates has no row for it"));
            continue;
        };
        let listed = &table[own].1;
        wrong.extend(uses.difference(listed).map(|it| format!("{name}: it uses {it}, which its row in ARCHITECTURE.md does not name")));
        wrong.extend(listed.difference(uses).map(|it| format!("{name}: its row in ARCHITECTURE.md names {it}, which it does not use")));
        let above = uses.union(tests_use).filter(|it| place(it).is_some_and(|other| other <= own));
        wrong.extend(above.map(|it| format!("{name}: it uses {it}, which stands above it in ARCHITECTURE.md")));
    }
    let strange = table.iter().filter(|row| !crates.contains_key(&row.0));
    wrong.extend(strange.map(|row| format!("{}: there is no such crate", row.0)));
    wrong
}

fn sample(files: &[(&str, &str)]) -> Imports {
    imports(&files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect())
}

#[test]
fn a_cycle_between_folders_is_found_however_the_path_is_written() {
    for text in [
        "use crate::b::x::Two;",
        "use super::super::b::x;",
        "use crate::b::{self, x::{Two as Other}};",
        "fn f() { crate::b::x::Two; }",
        "fn f(_: impl Into<crate::b::x::Two>) {}",
        "fn f() { println!(\"{}\", vec![crate::b::x::Two]); }",
    ] {
        let files = [("lib.rs", ""), ("a.rs", ""), ("a/x.rs", text), ("b/mod.rs", ""), ("b/x.rs", "use crate::a::{c::D, x::One};")];
        assert_eq!(wrong_cycles(&sample(&files)), ["these files import each other: a/x.rs, b/x.rs"], "{text}");
        let without = [("a/x.rs", "#[cfg(test)] mod tests { use crate::b::x; } use std::fs;"), files[4]];
        assert_eq!(wrong_cycles(&sample(&without)), [] as [&str; 0]);
    }
}

#[test]
fn a_cycle_of_four_files_is_found_and_one_of_three_passes() {
    let cycle = |fourth: &'static str| {
        let files = [("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c;"), ("c.rs", "use crate::{a::A, d::D};"), ("d.rs", fourth)];
        wrong_cycles(&sample(&files))
    };
    assert_eq!(cycle(""), [] as [&str; 0]);
    assert_eq!(cycle("use super::b::B;"), ["these files import each other: a.rs, b.rs, c.rs, d.rs"]);
}

#[test]
fn imports_go_down_and_features_stay_apart() {
    let app = |store: &'static str, core: &'static str| {
        wrong_layers(APP, &sample(&[("core/mod.rs", core), ("sign_in.rs", ""), ("store/cart.rs", store), ("forums.rs", "")]))
    };
    assert_eq!(app("use crate::sign_in::Outcome; use crate::core::Route;", ""), [] as [&str; 0]);
    assert_eq!(app("use crate::forums::Thread;", ""), ["store/cart.rs must not import forums.rs"]);
    assert_eq!(app("", "use crate::sign_in::Outcome;"), ["core/mod.rs must not import sign_in.rs"]);
    assert_eq!(wrong_layers(APP, &sample(&[("helpers.rs", "")])), ["helpers.rs stands in none of the layout's folders"]);
    let server = [("http.rs", "use crate::store;"), ("store.rs", "use crate::http;"), ("forums/mod.rs", "use crate::store::Cart;")];
    assert_eq!(wrong_layers(SERVER, &sample(&server)), ["forums/mod.rs must not import store.rs", "http.rs must not import store.rs"]);
}

#[test]
fn a_crate_uses_only_what_its_row_names_and_what_stands_below() {
    let table = table("## A\n\n## Crates\n\n| crate | uses |\n|---|---|\n| `app` (root) | `api` |\n| `api` | |\n\n## B\n\n| `no` | |\n");
    let wrong = |crates: &[(&str, &[&str], &[&str])]| {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
        let member = |(name, uses, tests_use): &(&str, &[&str], &[&str])| {
            ((*name).to_owned(), Member { folder: PathBuf::new(), uses: names(uses), tests_use: names(tests_use) })
        };
        wrong_dependencies(&table, &crates.iter().map(member).collect())
    };
    assert_eq!(wrong(&[("app", &["api"], &[]), ("api", &[], &[])]), [] as [&str; 0]);
    assert_eq!(wrong(&[("app", &["api"], &[]), ("api", &[], &["app"])]), ["api: it uses app, which stands above it in ARCHITECTURE.md"]);
    assert_eq!(
        wrong(&[("app", &["new"], &[]), ("new", &[], &[])]),
        [
            "app: it uses new, which its row in ARCHITECTURE.md does not name",
            "app: its row in ARCHITECTURE.md names api, which it does not use",
            "new: ARCHITECTURE.md's table of crates has no row for it",
            "api: there is no such crate"
        ]
    );
}
