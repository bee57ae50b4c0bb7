//! The rules of the layout, as pure functions from imports and dependencies to violations.

use crate::crates::{Row, WorkspaceCrate};
use crate::imports::{Import, Imports};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};

/// A rule that a crate breaks.
#[derive(Debug)]
pub struct Violation {
    rule: &'static str,
    in_crate: String,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} ({}): {}", self.in_crate, self.rule, self.what)
    }
}

const CYCLE: &str = "no cycle between folders";
const LARGE_CYCLE: &str = "at most three files import each other";
const FOLDERS: &str = "folders import downward";
const DEPENDENCIES: &str = "crates depend downward";

/// The cycles of imports between files of different folders.
pub fn cycles(in_crate: &str, imports: &Imports) -> Vec<Violation> {
    let mut next: BTreeMap<&Path, Vec<&Path>> = BTreeMap::new();
    for Import { from, to } in &imports.imports {
        next.entry(from).or_default().push(to);
    }
    let mut reported = BTreeSet::new();
    let mut violations = Vec::new();
    for Import { from, to } in &imports.imports {
        if imports.folder(from) == imports.folder(to) {
            continue;
        }
        let Some(path_back) = shortest_path(&next, to, from) else { continue };
        // The search finds a cycle once for each of its imports, so this reports only the first one.
        if reported.insert(path_back.iter().copied().collect::<BTreeSet<_>>()) {
            let files: Vec<String> = [from.as_path()].into_iter().chain(path_back).map(|file| file.display().to_string()).collect();
            violations.push(Violation { rule: CYCLE, in_crate: in_crate.to_owned(), what: files.join(" -> ") });
        }
    }
    violations
}

/// The most files that may import each other, directly or through other files.
const LARGEST_CYCLE: usize = 3;

/// The groups of more files than [`LARGEST_CYCLE`] that all import each other, directly or through other files.
pub fn large_cycles(in_crate: &str, imports: &Imports) -> Vec<Violation> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = imports.files.iter().map(|file| (file.as_path(), reachable(imports, file))).collect();
    let mut groups = BTreeSet::new();
    for (file, others) in &reached {
        let group: Vec<&Path> = others.iter().copied().filter(|other| reached[other].contains(file)).collect();
        if group.len() > LARGEST_CYCLE {
            groups.insert(group);
        }
    }
    let names = |group: Vec<&Path>| group.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
    groups.into_iter().map(|group| Violation { rule: LARGE_CYCLE, in_crate: in_crate.to_owned(), what: names(group) }).collect()
}

/// The files that this file imports, directly or through other files.
fn reachable<'a>(imports: &'a Imports, from: &'a Path) -> BTreeSet<&'a Path> {
    let (mut found, mut queue) = (BTreeSet::new(), VecDeque::from([from]));
    while let Some(file) = queue.pop_front() {
        let next = imports.imports.iter().filter(|import| import.from == file).map(|import| import.to.as_path());
        queue.extend(next.filter(|other| found.insert(*other)));
    }
    found
}

fn shortest_path<'a>(next: &BTreeMap<&'a Path, Vec<&'a Path>>, from: &'a Path, to: &'a Path) -> Option<Vec<&'a Path>> {
    let mut before: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(file) = queue.pop_front() {
        if file == to {
            let mut path = vec![to];
            while let Some(earlier) = before.get(path[path.len() - 1]).filter(|_| path[path.len() - 1] != from) {
                path.push(earlier);
            }
            path.reverse();
            return Some(path);
        }
        for &other in next.get(file).into_iter().flatten() {
            if other != from && !before.contains_key(other) {
                before.insert(other, file);
                queue.push_back(other);
            }
        }
    }
    None
}

/// The folders of a crate in layers, the highest first. A folder may import only from lower layers, and so not from another folder of its
/// own layer.
pub struct Layers {
    layers: &'static [&'static [&'static str]],
    others: Others,
}

/// The rule for folders and files that are in no layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    /// They may import anything, and anything may import them.
    Free,
    /// Only the crate's roots, `lib.rs` and `main.rs`, may be outside of the layers.
    Forbidden,
}

/// The layers of the single-page app.
pub const APP: Layers = Layers {
    layers: &[&["shell"], &["account", "store", "forums"], &["sign_in"], &["data"], &["ui"], &["core"]],
    others: Others::Forbidden,
};

/// The layers of the emulator.
pub const EMULATOR: Layers = Layers {
    layers: &[&["emulator"], &["control"], &["kickstart"], &["api"], &["http"], &["domain"], &["database"], &["model", "state"]],
    others: Others::Forbidden,
};

/// The features of the server. Its other folders have no layers; for them the rule against cycles is enough.
pub const SERVER: Layers = Layers { layers: &[&["account", "store", "forums"]], others: Others::Free };

/// The imports that the layers forbid.
pub fn folders(in_crate: &str, layers: &Layers, imports: &Imports) -> Vec<Violation> {
    let violation = |what: String| Violation { rule: FOLDERS, in_crate: in_crate.to_owned(), what };
    let layer = |file: &Path| layers.layers.iter().position(|layer| layer.contains(&&*top_folder(file)));
    let is_first = |file: &Path| ["lib.rs", "main.rs"].iter().any(|first| file == Path::new(first));
    let mut violations = Vec::new();
    if layers.others == Others::Forbidden {
        let strange = imports.files.iter().filter(|file| layer(file).is_none() && !is_first(file));
        violations.extend(strange.map(|file| violation(format!("{} stands in none of the layout's folders", file.display()))));
    }
    for Import { from, to } in &imports.imports {
        let is_allowed = match (layer(from), layer(to)) {
            (Some(higher), Some(lower)) => higher < lower || top_folder(from) == top_folder(to),
            (Some(_), None) => layers.others == Others::Free,
            (None, _) => true,
        };
        if !is_allowed {
            violations.push(violation(format!("{} must not import {}", from.display(), to.display())));
        }
    }
    violations
}

/// The first part of a path: `store` for `store/cart/line.rs` and for `store.rs`.
fn top_folder(file: &Path) -> String {
    let first = file.components().next().map(|part| PathBuf::from(part.as_os_str()));
    first.map(|first| first.with_extension("").display().to_string()).unwrap_or_default()
}

/// The dependencies in Cargo.toml that ARCHITECTURE.md's table lacks, those that only the table has, and those on crates that are not in
/// lower rows.
pub fn dependencies(table: &[Row], workspace: &[WorkspaceCrate]) -> Vec<Violation> {
    let place = |name: &str| table.iter().position(|row| row.name == name);
    let mut violations = Vec::new();
    for member in workspace {
        let mut violate = |what: String| violations.push(Violation { rule: DEPENDENCIES, in_crate: member.name.clone(), what });
        let Some(own) = place(&member.name) else {
            violate("ARCHITECTURE.md's table of crates has no row for it".to_owned());
            continue;
        };
        for used in &member.uses {
            if !table[own].may_use.contains(used) {
                violate(format!("it uses {used}, which its row in ARCHITECTURE.md does not name"));
            }
        }
        for unused in table[own].may_use.difference(&member.uses) {
            violate(format!("its row in ARCHITECTURE.md names {unused}, which it does not use"));
        }
        for used in member.uses.iter().chain(&member.tests_use) {
            if place(used).is_some_and(|other| other <= own) {
                violate(format!("{used} stands above it in ARCHITECTURE.md, and it may only use what stands below"));
            }
        }
    }
    for row in table.iter().filter(|row| !workspace.iter().any(|member| member.name == row.name)) {
        violations.push(Violation { rule: DEPENDENCIES, in_crate: row.name.clone(), what: "there is no such crate".to_owned() });
    }
    violations
}
