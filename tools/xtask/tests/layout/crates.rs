//! Reads the dependencies between the workspace's crates, from `cargo metadata` and from ARCHITECTURE.md's table.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct WorkspaceCrate {
    pub name: String,
    /// Crates of the workspace among its dependencies.
    pub uses: BTreeSet<String>,
    /// Crates of the workspace among its dev-dependencies.
    pub tests_use: BTreeSet<String>,
    /// The root source file of each of its libraries, programs, tests, examples and benchmarks.
    pub roots: Vec<PathBuf>,
}

/// A row of ARCHITECTURE.md's table of crates.
pub struct Row {
    pub name: String,
    /// Crates of the workspace that may be among its dependencies.
    pub may_use: BTreeSet<String>,
}

/// All crates, as `cargo metadata` lists them.
pub fn workspace(root: &Path) -> Vec<WorkspaceCrate> {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root).output();
    let output = output.expect("cargo metadata runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata answers in JSON");
    let packages = list(&metadata["packages"]);
    let names: BTreeSet<String> = packages.iter().map(|package| text(&package["name"])).collect();
    let member = |package: &serde_json::Value| {
        let dependencies = |is_wanted: fn(&serde_json::Value) -> bool| {
            let wanted = list(&package["dependencies"]).iter().filter(|dependency| is_wanted(&dependency["kind"]));
            // A crate's tests may depend on the crate itself, with other features.
            let others = wanted.map(|dependency| text(&dependency["name"])).filter(|name| package["name"] != **name);
            others.filter(|name| names.contains(name)).collect()
        };
        WorkspaceCrate {
            name: text(&package["name"]),
            uses: dependencies(|kind| kind != "dev"),
            tests_use: dependencies(|kind| kind == "dev"),
            roots: list(&package["targets"]).iter().map(|target| text(&target["src_path"]).into()).collect(),
        }
    };
    packages.iter().map(member).collect()
}

/// The rows of the table under "## Crates". The first column names the crate, the last one the crates that it may use.
pub fn table(architecture: &str) -> Vec<Row> {
    let section = architecture.split_once("\n## Crates\n").map_or("", |(_, rest)| rest);
    let lines = section.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| `"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
        let name = cells[0].split('`').nth(1).unwrap_or_default().to_owned();
        Row { name, may_use: cells.last().map(|cell| names(cell)).unwrap_or_default() }
    };
    lines.map(row).collect()
}

fn list(value: &serde_json::Value) -> &[serde_json::Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
